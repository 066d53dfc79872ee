"""Users, names, tokens and keys, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from serve_app.database import Database
from serve_app.errors import (
    AlreadySignedUp,
    KeyNotFound,
    NameTaken,
    PasswordWrong,
    TokenInvalid,
    TooManyKeys,
)
from serve_app.identity import MOST_KEYS, Identity, normal_name
from serve_app.passwords import Passwords
from serve_app.settings import Settings
from tests.serve_app.conftest import BOTH, Clock

pytestmark = BOTH
PASSWORD = "a good long password"


@pytest.fixture
def identity(database: Database, settings: Settings, clock: Clock) -> Identity:
    quick = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    return Identity(database, settings, clock, quick)


def test_a_guest_signs_up_and_stays_the_same(identity: Identity) -> None:
    guest = identity.guest()
    named = identity.sign_up("Anna@Example.com", PASSWORD, guest.user_id)
    assert named.user_id == guest.user_id
    assert named.token != guest.token
    assert identity.log_in("anna@example.com", PASSWORD).user_id == guest.user_id
    assert identity.principal(guest.token).user_id == guest.user_id
    with pytest.raises(AlreadySignedUp):
        identity.sign_up("another", PASSWORD, guest.user_id)


def test_names_are_taken_once(identity: Identity) -> None:
    identity.sign_up("Ａnna", PASSWORD)  # a letter of full width
    for same in ("anna", "ANNA"):
        with pytest.raises(NameTaken):
            identity.sign_up(same, PASSWORD)
    identity.sign_up("ánna", PASSWORD)


def test_nothing_is_left_of_a_sign_up_that_failed(identity: Identity) -> None:
    identity.sign_up("anna", PASSWORD)
    guest = identity.guest()
    with pytest.raises(NameTaken):
        identity.sign_up("anna", PASSWORD, guest.user_id)
    assert identity.user(guest.user_id)[1] == []


@pytest.mark.parametrize(("name", "password"), [("anna", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_login_does_not_say_what_is_wrong(
    identity: Identity, name: str, password: str
) -> None:
    identity.sign_up("anna", PASSWORD)
    with pytest.raises(PasswordWrong) as caught:
        identity.log_in(name, password)
    assert caught.value.message == "The name or the password is wrong."


def test_another_password_ends_other_logins(identity: Identity) -> None:
    here = identity.sign_up("anna", PASSWORD)
    elsewhere = identity.log_in("anna", PASSWORD)
    key = identity.create_key(here.user_id, "server", ["jobs:read"], 30)
    with pytest.raises(PasswordWrong):
        identity.change_password(here.user_id, here.id, "wrong", "another long password")
    identity.change_password(here.user_id, here.id, PASSWORD, "another long password")
    identity.principal(here.token)
    identity.principal(key.token)
    with pytest.raises(TokenInvalid):
        identity.principal(elsewhere.token)
    with pytest.raises(PasswordWrong):
        identity.log_in("anna", PASSWORD)
    identity.log_in("anna", "another long password")


def test_weak_hashes_are_renewed_at_login(
    database: Database, settings: Settings, clock: Clock
) -> None:
    weak = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    strong = Passwords(PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    user = Identity(database, settings, clock, weak).sign_up("anna", PASSWORD).user_id
    identity = Identity(database, settings, clock, strong)
    for _ in range(2):
        identity.log_in("anna", PASSWORD)
    kept = identity.user(user)[1][0].secret_hash
    assert kept is not None
    assert not strong.is_outdated(kept)


def test_who_comes_from_elsewhere(identity: Identity) -> None:
    guest = identity.guest()
    first = identity.by_provider("wechat", "openid-1", guest.user_id)
    assert first.user_id == guest.user_id, "a guest keeps all that is theirs"
    assert identity.by_provider("wechat", "openid-1").user_id == guest.user_id
    another = identity.guest()
    known = identity.by_provider("wechat", "openid-1", another.user_id)
    assert known.user_id == guest.user_id, "the account was there before"
    somebody_else = identity.by_provider("wechat", "openid-2", guest.user_id)
    assert somebody_else.user_id != guest.user_id, "one user is not two people"
    assert identity.by_provider("wechat", "OPENID-1").user_id != guest.user_id


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """The results, or the errors, of works that begin together."""
    gate, found = threading.Barrier(len(works)), []

    def run(work: Callable[[], Any]) -> None:
        gate.wait()
        try:
            found.append(work())
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_the_same_person_comes_twice_at_once(identity: Identity) -> None:
    found = at_once(*[lambda: identity.by_provider("wechat", "openid")] * 6)
    assert len({grant.user_id for grant in found}) == 1


def test_a_name_is_wanted_twice_at_once(identity: Identity) -> None:
    found = at_once(*[lambda: identity.sign_up("anna", PASSWORD)] * 6)
    assert sum(isinstance(one, NameTaken) for one in found) == 5


def test_a_token_is_renewed(identity: Identity, clock: Clock) -> None:
    old = identity.guest()
    clock.forward(days=80)
    new = identity.refresh(old.user_id, old.id)
    assert new.user_id == old.user_id
    identity.principal(old.token)  # the answer may have been lost
    clock.forward(minutes=6)
    with pytest.raises(TokenInvalid):
        identity.principal(old.token)
    clock.forward(days=80)
    identity.principal(new.token)
    clock.forward(days=11)
    with pytest.raises(TokenInvalid):
        identity.principal(new.token)


def test_renewing_does_not_lengthen_the_life_of_the_old_one(
    identity: Identity, clock: Clock
) -> None:
    old = identity.guest()
    clock.forward(days=90, minutes=-1)
    identity.refresh(old.user_id, old.id)
    clock.forward(minutes=2)
    with pytest.raises(TokenInvalid):
        identity.principal(old.token)


def test_logging_out_ends_a_login_and_its_older_tokens(identity: Identity) -> None:
    first = identity.sign_up("anna", PASSWORD)
    second = identity.refresh(first.user_id, first.id)
    elsewhere = identity.log_in("anna", PASSWORD)
    key = identity.create_key(first.user_id, "server", ["jobs:read"], 30)
    identity.log_out(second.user_id, second.id)
    for ended in (first, second):
        with pytest.raises(TokenInvalid):
            identity.principal(ended.token)
    identity.principal(elsewhere.token)
    identity.log_out(elsewhere.user_id, elsewhere.id, everywhere=True)
    with pytest.raises(TokenInvalid):
        identity.principal(elsewhere.token)
    assert identity.principal(key.token).is_key


def test_keys(identity: Identity, clock: Clock) -> None:
    owner, stranger = identity.guest().user_id, identity.guest().user_id
    made = identity.create_key(owner, "server", ["jobs:write", "jobs:read"], 10)
    (listed,) = identity.keys(owner)
    assert (listed.id, listed.name, listed.scopes) == (
        made.id,
        "server",
        ["jobs:read", "jobs:write"],
    )
    assert listed.last_used_at is None
    principal = identity.principal(made.token)
    assert principal.scopes == frozenset({"jobs:read", "jobs:write"})
    used = identity.keys(owner)[0].last_used_at
    assert used is not None
    clock.forward(minutes=30)
    identity.principal(made.token)
    assert identity.keys(owner)[0].last_used_at == used, "not written at every request"
    clock.forward(minutes=31)
    identity.principal(made.token)
    assert identity.keys(owner)[0].last_used_at != used

    for user_id, key_id in ((stranger, made.id), (owner, "0" * 26)):
        with pytest.raises(KeyNotFound):
            identity.revoke_key(user_id, key_id)
    login = identity.sign_up("anna", PASSWORD, owner)
    with pytest.raises(KeyNotFound):
        identity.revoke_key(owner, login.id)  # a login is no key
    identity.revoke_key(owner, made.id)
    assert identity.keys(owner) == []
    with pytest.raises(TokenInvalid):
        identity.principal(made.token)
    short = identity.create_key(owner, "short", ["jobs:read"], 1)
    clock.forward(days=1)
    with pytest.raises(TokenInvalid):
        identity.principal(short.token)


def test_keys_have_an_end(identity: Identity) -> None:
    owner = identity.guest().user_id
    for number in range(MOST_KEYS):
        identity.create_key(owner, str(number), ["jobs:read"], 1)
    with pytest.raises(TooManyKeys):
        identity.create_key(owner, "one more", ["jobs:read"], 1)
    identity.revoke_key(owner, identity.keys(owner)[0].id)
    identity.create_key(owner, "instead", ["jobs:read"], 1)


def test_consent_is_put_down_with_the_moment_and_once(identity: Identity, clock: Clock) -> None:
    for _ in range(2):  # a login that says it again
        grant = identity.by_provider("wechat", "openid", consent="2026-01")
        clock.forward(days=1)
    named = identity.sign_up("anna", PASSWORD, grant.user_id, "2026-02")
    given = identity.consents.given(named.user_id)
    told = [(one.kind, one.version, clock() - one.given_at) for one in given]
    assert told == [
        (kind, version, timedelta(days=days))
        for version, days in (("2026-01", 2), ("2026-02", 0))
        for kind in ("terms", "pictures")
    ]
    assert identity.consents.given(identity.guest().user_id) == []


def test_names_that_look_the_same(identity: Identity) -> None:
    assert {normal_name(name) for name in ("  Anna ", "ANNA", "Ａｎｎａ")} == {"anna"}
