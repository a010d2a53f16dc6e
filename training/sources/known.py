"""The sources by the names that people give them."""

from __future__ import annotations

from handseg.errors import UnknownNameError
from training.sources import coco, dataset, egohands, eyth, folder, gcompris, gtea, hof, licensed, renders, scikit_image
from training.sources.protocol import Source

SOURCES: dict[str, Source] = {
    "coco": coco.find,
    "dataset": dataset.find,
    "egohands": egohands.find,
    "eyth": eyth.find,
    "folder": folder.find,
    "gcompris": gcompris.find,
    "gtea": gtea.find,
    "hof": hof.find,
    "licensed": licensed.find,
    "renders": renders.find,
    "scikit_image": scikit_image.find,
}


def credit_of(source: str) -> str:
    """Whom to thank for the photos that rows say are of this source; "" if that is not known here."""
    known = [egohands.TERMS, eyth.TERMS, gcompris.TERMS, gtea.TERMS, hof.TERMS, renders.TERMS, scikit_image.TERMS]
    credits_of = {terms.source: terms.credit for terms in known}
    credits_of |= {each.name: each.credit for each in (*licensed.HAND_SETS, *licensed.NEGATIVE_SETS)}
    return credits_of.get(source, "")


def source_called(name: str) -> Source:
    """The source of this name; raises UnknownNameError, with all names, if there is none."""
    try:
        return SOURCES[name]
    except KeyError:
        raise UnknownNameError("source", name, SOURCES) from None
