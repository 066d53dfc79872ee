"""Our DensePose R-CNN beside detectron2's own, on random weights, where that is installed.

It is no part of any environment of this project: it has to be built from its source, with
torchvision and its project DensePose.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")
config = pytest.importorskip("detectron2.config", reason="build detectron2 from its source")
densepose = pytest.importorskip("densepose", reason="install detectron2's projects/DensePose")

from torch.nn import functional  # noqa: E402

from deployments.densepose.network import Charts, DensePoseNetwork, People, parts_of  # noqa: E402

HEIGHT, WIDTH = 64, 50
TALL, WIDE = 64, 64
"""The next multiples of 32."""
MEAN = (103.53, 116.28, 123.675)
SETTINGS = {
    "MODEL.META_ARCHITECTURE": "GeneralizedRCNN",
    "MODEL.DEVICE": "cpu",
    "MODEL.WEIGHTS": "",
    "MODEL.DENSEPOSE_ON": True,
    "MODEL.BACKBONE.NAME": "build_resnet_fpn_backbone",
    "MODEL.RESNETS.DEPTH": 50,
    "MODEL.RESNETS.OUT_FEATURES": ["res2", "res3", "res4", "res5"],
    "MODEL.FPN.IN_FEATURES": ["res2", "res3", "res4", "res5"],
    "MODEL.ANCHOR_GENERATOR.SIZES": [[32], [64], [128], [256], [512]],
    "MODEL.ANCHOR_GENERATOR.ASPECT_RATIOS": [[0.5, 1.0, 2.0]],
    "TEST.DETECTIONS_PER_IMAGE": 3,  # in place of 100, each of which costs 60 GFLOP
    "MODEL.RPN.IN_FEATURES": ["p2", "p3", "p4", "p5", "p6"],
    "MODEL.RPN.PRE_NMS_TOPK_TEST": 1000,
    "MODEL.RPN.POST_NMS_TOPK_TEST": 1000,
    "MODEL.ROI_HEADS.NAME": "DensePoseROIHeads",
    "MODEL.ROI_HEADS.IN_FEATURES": ["p2", "p3", "p4", "p5"],
    "MODEL.ROI_HEADS.NUM_CLASSES": 1,
    "MODEL.ROI_BOX_HEAD.NAME": "FastRCNNConvFCHead",
    "MODEL.ROI_BOX_HEAD.NUM_FC": 2,
    "MODEL.ROI_BOX_HEAD.POOLER_RESOLUTION": 7,
    "MODEL.ROI_BOX_HEAD.POOLER_SAMPLING_RATIO": 2,
    "MODEL.ROI_BOX_HEAD.POOLER_TYPE": "ROIAlign",
    "MODEL.ROI_DENSEPOSE_HEAD.NAME": "DensePoseV1ConvXHead",
    "MODEL.ROI_DENSEPOSE_HEAD.POOLER_TYPE": "ROIAlign",
    "MODEL.ROI_DENSEPOSE_HEAD.NUM_COARSE_SEGM_CHANNELS": 2,
}
"""What the model zoo's `densepose_rcnn_R_50_FPN_s1x` sets, of what inference asks for."""


class Both(NamedTuple):
    """The reference and ours, with the same weights."""

    reference: Any
    ours: Any


@pytest.fixture(scope="module")
def both() -> Both:
    modeling = pytest.importorskip("detectron2.modeling")
    settings = config.get_cfg()
    densepose.add_densepose_config(settings)
    for name, value in SETTINGS.items():
        settings.merge_from_list([name, value])
    reference = modeling.build_model(settings).eval()
    ours = DensePoseNetwork().eval()
    state = _random(reference.state_dict())
    reference.load_state_dict(state)
    ours.load_state_dict({name: state[name] for name in ours.state_dict()}, strict=True)
    return Both(reference, ours)


def _random(state: Any) -> dict[str, Any]:
    """Of such sizes that activations neither die nor grow, and that people are found."""
    source, made = torch.Generator().manual_seed(0), {}
    for name, tensor in state.items():
        if name.endswith("running_var"):
            made[name] = torch.rand(tensor.shape, generator=source) + 0.5
        elif "norm" in name and name.endswith("weight"):
            strength = 0.2 if "conv3" in name else 1.0
            made[name] = strength * torch.rand(tensor.shape, generator=source) + 0.1
        elif tensor.ndim >= 2:
            spread = (2 / tensor[0].numel()) ** 0.5
            made[name] = _strength(name) * spread * torch.randn(tensor.shape, generator=source)
        else:
            made[name] = 0.05 * torch.randn(tensor.shape, generator=source)
    made["roi_heads.box_predictor.cls_score.bias"] = torch.tensor([4.0, 0.0])
    return made


def _strength(name: str) -> float:
    wanted = {"fpn": 0.2, "rpn": 0.5, "proposal": 0.5, "fcn": 0.8, "decoder": 0.8}
    return next((value for part, value in wanted.items() if part in name), 1.0)


@pytest.fixture(scope="module")
def picture() -> Any:
    """3×H×W, blue, green, red from 0 to 255."""
    coarse = 255 * torch.rand((1, 3, 13, 10), generator=torch.Generator().manual_seed(1))
    fine = functional.interpolate(coarse, size=(HEIGHT, WIDTH), mode="bicubic")
    return fine[0].clamp(0, 255).round()


def _framed(picture: Any) -> Any:
    """As ours is shown it: less its mean, at multiples of 32."""
    centred = picture - torch.tensor(MEAN)[:, None, None]
    return functional.pad(centred, (0, WIDE - WIDTH, 0, TALL - HEIGHT))[None]


def test_names_and_shapes(both: Both) -> None:
    found, wanted = (
        {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
        for network in (both.ours, both.reference)
    )
    assert found == wanted


@torch.no_grad()  # type: ignore[untyped-decorator]
def test_people_and_their_parts(both: Both, picture: Any) -> None:
    given = {"image": picture, "height": HEIGHT, "width": WIDTH}
    wanted = both.reference.inference([given], do_postprocess=False)[0]
    people, levels = both.ours(_framed(picture), HEIGHT, WIDTH)
    assert isinstance(people, People)
    count = len(wanted)
    assert count == 3
    assert (people.scores[:count] - wanted.scores).abs().max() <= 1e-4
    assert (people.boxes[:count] - wanted.pred_boxes.tensor).abs().max() <= 1e-3
    charts = both.ours.parts(levels, wanted.pred_boxes.tensor)
    for found, theirs in (
        (charts.coarse, wanted.pred_densepose.coarse_segm),
        (charts.fine, wanted.pred_densepose.fine_segm),
    ):
        assert (found - theirs).abs().max() <= 1e-4 * max(1.0, float(theirs.abs().max()))
    _assert_same_labels(charts, wanted)


def _assert_same_labels(charts: Charts, wanted: Any) -> None:
    converters = pytest.importorskip("densepose.converters")
    for number in range(len(charts.fine)):
        theirs = converters.ToChartResultConverter.convert(
            wanted.pred_densepose[number : number + 1], wanted.pred_boxes[number]
        ).labels
        one = Charts(charts.coarse[number : number + 1], charts.fine[number : number + 1])
        found = parts_of(one, *theirs.shape)
        assert (found == theirs).float().mean() > 0.999
