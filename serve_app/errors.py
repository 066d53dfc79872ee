"""Named errors, and the HTTP status that each has.

Any exception with a `message` and a `hint` counts as named: its class name is the error's public
name. Models and weights define theirs without knowing this file.
"""

from __future__ import annotations

from typing import ClassVar, TypedDict


class ErrorBody(TypedDict):
    """What a client reads of an error."""

    name: str
    message: str
    hint: str


class ServiceError(Exception):
    """A named error of the service. Rebuilt from `args` alone, as errors may cross processes."""

    status: ClassVar[int] = 400
    retry_after: ClassVar[int | None] = None
    advice: ClassVar[str] = ""
    """The hint where the raiser has none better."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)

    @property
    def message(self) -> str:
        return str(self.args[0])

    @property
    def hint(self) -> str:
        return str(self.args[1]) or self.advice

    def __str__(self) -> str:
        return self.message


class InvalidRequest(ServiceError):
    """The parameters are not what the route takes."""

    status = 422
    advice = "Compare the request with the description at /docs."


class ImageMissing(ServiceError):
    """A picture that the job needs was not sent."""

    status = 422


class ImageUnreadable(ServiceError):
    """Empty, truncated or damaged."""

    advice = "Open the picture on your side, save it as JPEG or PNG, and send it again."


class ImageTooLarge(ServiceError):
    """Too many bytes or too many pixels."""

    status = 413
    advice = "Scale the picture down before sending it."


class ClipTooLong(ServiceError):
    """A video or an animation that is longer than the operator allows."""

    status = 413
    advice = "Cut the clip shorter."


class ImageTooSmall(ServiceError):
    """Too few pixels to work with."""

    status = 422
    advice = "Send a larger picture."


class ImageTooNarrow(ServiceError):
    """A strip rather than a picture."""

    status = 422
    advice = "Crop the picture to the person or the garment."


class UnsupportedFormat(ServiceError):
    """Not one of the formats that are taken."""

    status = 415
    advice = "Send a JPEG, PNG or WebP picture."


class UnsupportedMediaType(ServiceError):
    """The request's body is neither a form nor JSON."""

    status = 415
    advice = "Send multipart/form-data, or application/json with the pictures in base64."


class EngineUnknown(ServiceError):
    """No engine or style has that name."""

    status = 422


class EngineUnavailable(ServiceError):
    """The engine or style is known and cannot run here. `name` says why, where that has a name of
    its own: LicenceNotAllowed, WeightsMissing."""

    status = 422

    def __init__(self, message: str, hint: str = "", name: str = "EngineUnavailable") -> None:
        super().__init__(message, hint)
        self.name = name


class PresetUnknown(ServiceError):
    """The gallery has no picture with that id."""

    status = 404
    advice = "GET /v1/gallery/persons and /v1/gallery/garments list the ids."


class TokenMissing(ServiceError):
    """Nobody said who is asking."""

    status = 401
    advice = (
        "POST /v1/auth/guest or /login gives a token; send it as `Authorization: Bearer <token>`."
    )


class TokenInvalid(ServiceError):
    """The token is unknown, revoked or too old."""

    status = 401
    advice = "POST /v1/auth/guest gives a new token."


class ScopeMissing(ServiceError):
    """The API key was not made for this."""

    status = 403
    advice = "Use a key with the scope that is named, or the token of a login."


class AdminNeeded(ServiceError):
    """Only those who run the service may do this."""

    status = 403
    advice = "FITTING_ROOM_ADMINS names the admins; a key of theirs needs the scope admin."


class NameTaken(ServiceError):
    """Somebody else logs in under that name."""

    status = 409
    advice = "Choose another name, or log in with the password that belongs to it."


class AlreadySignedUp(ServiceError):
    """The user has a name and a password already."""

    status = 409


class PasswordWrong(ServiceError):
    """The name or the password is wrong; which of them is not told."""

    status = 401
    advice = "Check both, or POST /v1/auth/signup."


class PasswordWeak(ServiceError):
    """The password is too short or too easily guessed."""

    status = 422
    advice = "Take at least ten characters; several words are good."


class KeyNotFound(ServiceError):
    """No such API key, or it is somebody else's."""

    status = 404
    advice = "GET /v1/keys lists yours."


class TooManyKeys(ServiceError):
    """A user has so many API keys and no more."""

    status = 409
    advice = "Revoke those that are not used: DELETE /v1/keys/{id}."


class ConsentMissing(ServiceError):
    """The user has not agreed to the terms that the operator asks for, in their present version."""

    status = 403
    advice = "GET /v1/terms tells the version; POST /v1/me/consents agrees to it."


class WeChatCodeInvalid(ServiceError):
    """WeChat does not know the code: used before, too old, or of another mini-program."""

    status = 401
    advice = "Call wx.login() again and send its new code at once; a code works once."


class WeChatUserBlocked(ServiceError):
    """WeChat holds the user to be a risk and does not log them in."""

    status = 403
    advice = "The user must settle this with WeChat."


class WeChatBusy(ServiceError):
    """WeChat was asked too often for this user."""

    status = 429
    retry_after = 60
    advice = "Log in again after the seconds in Retry-After."


class WeChatUnavailable(ServiceError):
    """WeChat does not answer, or not with anything useful."""

    status = 503
    retry_after = 5
    advice = "Call wx.login() and send its new code after the seconds in Retry-After."


class WeChatNotConfigured(ServiceError):
    """The operator has set no mini-program, or WeChat refuses its id and secret."""

    status = 503
    advice = "The operator sets FITTING_ROOM_WECHAT_APP_ID and FITTING_ROOM_WECHAT_APP_SECRET."


class RateLimited(ServiceError):
    """Too many requests in a minute. `seconds`: when the next one may come."""

    status = 429
    retry_after = 60
    advice = "Ask again after the seconds in Retry-After, and less often from then on."

    def __init__(self, message: str, hint: str = "", seconds: int | None = None) -> None:
        super().__init__(message, hint)
        self.seconds = seconds


class AddressRefused(ServiceError):
    """A webhook's address that is no public web address."""

    status = 422
    advice = "Give an https address that the whole internet can reach."


class PortraitMissing(ServiceError):
    """The user has put no picture of themselves here."""

    status = 404
    advice = "POST /v1/me/portrait."


class JobNotFound(ServiceError):
    """No such job, or it is somebody else's."""

    status = 404
    advice = "A job is seen by its owner alone; it may have been deleted."


class PanelNotKept(ServiceError):
    """The pictures on the way to the result were not kept, or are erased."""

    status = 404
    advice = "Send the job with debug=true, and ask when it has succeeded."


class DraftNotFound(ServiceError):
    """No such garment was sent ahead, it is somebody else's, or its time is over."""

    status = 404
    advice = "Send the garment again."


class PictureNotFound(ServiceError):
    """The address of a picture that is not kept any more, or never was."""

    status = 404
    advice = "Ask for its address again."


class RouteNotFound(ServiceError):
    """No such address."""

    status = 404
    advice = "The addresses are listed at /docs."


class MethodNotAllowed(ServiceError):
    """The address is right and the method is not."""

    status = 405
    advice = "The addresses and their methods are listed at /docs."


class ResultNotReady(ServiceError):
    """The job is not done."""

    status = 409
    retry_after = 1
    advice = "Ask again after the seconds in Retry-After."


class ResultExpired(ServiceError):
    """The result was erased when its time was over."""

    status = 410
    advice = "Send the job again."


class RangeNotSatisfiable(ServiceError):
    """The picture ends before the range begins."""

    status = 416
    advice = "Ask without Range, or for less; Content-Range has the size."

    def __init__(self, message: str, hint: str = "", size: int = 0) -> None:
        super().__init__(message, hint)
        self.size = size


class NotAcceptable(ServiceError):
    """None of the media types in Accept can be made."""

    status = 406
    advice = "Accept image/png, image/jpeg or image/webp."


class JobCanceled(ServiceError):
    """The job was canceled, so there will be no result."""

    status = 410
    advice = "Send the job again."


class JobFinished(ServiceError):
    """The job is over and cannot be canceled any more."""

    status = 409


class InputsErased(ServiceError):
    """The pictures that were sent are past their time, so the job cannot be started again."""

    status = 410
    advice = "Send the job again."


class IdempotencyKeyReused(ServiceError):
    """The key was used before with other parameters."""

    status = 409
    advice = "Take a new Idempotency-Key for a new job."


class QueueFull(ServiceError):
    """Too many jobs are waiting."""

    status = 429
    retry_after = 10
    advice = "Send the job again after the seconds in Retry-After."


class StorageUnavailable(ServiceError):
    """Pictures cannot be written or read."""

    status = 503
    retry_after = 10
    advice = "Free space in the data folder, or make it writable for the service."


class DatabaseUnavailable(ServiceError):
    """The database does not answer."""

    status = 503
    retry_after = 5
    advice = "Send the request again; if this stays, the operator must look at the database."


class DatabaseBusy(DatabaseUnavailable):
    """Another transaction was in the way; the same again may go well."""


class DatabaseTooNew(ServiceError):
    """A later release has changed the tables, and this one would not understand them."""

    status = 503
    advice = "Install the release that the database was last used with, or a later one."


class JobFailed(ServiceError):
    """Carries the named error of a job that failed to whoever asks for its result."""

    def __init__(self, name: str, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.name = name


class WorkerLost(ServiceError):
    """The process that worked on the job died, and so did those that tried after it."""

    status = 503
    retry_after = 10
    advice = "Send the job again; if this stays, the operator must look at the service's memory."


class NotReady(ServiceError):
    """The service is starting, or a part of it is missing."""

    status = 503
    retry_after = 5


class InternalError(ServiceError):
    """A fault of ours."""

    status = 500
    advice = "Send the request again; the log of the service has the details."


STATUS = {
    "PersonNotFound": 422,
    "GarmentNotFound": 422,
    "PoseUncertain": 422,
    "PoseUnreadable": 422,
    "LegsNotInPicture": 422,
    "LicenceNotAllowed": 403,
    "WeightsMissing": 503,
    "WeightsCorrupt": 503,
    "GpuMemoryExhausted": 503,
}
"""Statuses of named errors that are defined elsewhere."""

UNNAMED_STATUS = 422
"""Of a named error that no table knows: the models name what is wrong with a picture."""


def _descendants(kind: type[ServiceError]) -> list[type[ServiceError]]:
    return [kind, *(one for child in kind.__subclasses__() for one in _descendants(child))]


def status_of(name: str) -> int:
    """The HTTP status of an error by its public name, as it stands in a failed job."""
    own = {kind.__name__: kind.status for kind in _descendants(ServiceError)}
    return own.get(name) or STATUS.get(name, UNNAMED_STATUS)


def retry_after_of(name: str) -> int | None:
    """Seconds to wait before the next try, None where waiting does not help."""
    own = {kind.__name__: kind.retry_after for kind in _descendants(ServiceError)}
    return own.get(name, 10 if STATUS.get(name) == 503 else None)


def is_named(error: BaseException) -> bool:
    """Whether the error says of itself what a client is to read."""
    return isinstance(getattr(error, "message", None), str) and isinstance(
        getattr(error, "hint", None), str
    )


def name_of(error: BaseException) -> str:
    """The public name."""
    return error.name if isinstance(error, JobFailed | EngineUnavailable) else type(error).__name__


def body_of(error: BaseException) -> ErrorBody:
    """What a client reads of an error. An unnamed one tells nothing of its inside."""
    if not is_named(error):
        return body_of(InternalError("Something went wrong in the service."))
    return {
        "name": name_of(error),
        "message": str(getattr(error, "message", "")),
        "hint": str(getattr(error, "hint", "")),
    }
