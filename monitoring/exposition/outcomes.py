"""How a scoring request ended, in the few words that serving systems share. Pure."""

from modelhub.errors import Code

SUCCESS = "SUCCESS"
REJECTED = "REJECTED"  # the caller's doing, or no place free for it
CANCELED = "CANCELED"  # the caller went away
BACKEND = "BACKEND"  # the model failed, or there is none
OTHER = "OTHER"  # anything else of ours

_AT_THE_DOOR = {str(code): REJECTED for code in Code} | {
    str(Code.REQUEST_INVALID): CANCELED,
    str(Code.NO_MODEL_LOADED): BACKEND,
    str(Code.ARTEFACT_CORRUPT): BACKEND,
    str(Code.INTERNAL): OTHER,
    str(Code.DATABASE_UNAVAILABLE): OTHER,
    str(Code.STORAGE_FULL): OTHER,
}


def of_scoring(error: str) -> str:
    """Outcome of a request that reached a version; ``error`` is its code, empty for none."""
    if not error:
        return SUCCESS
    return OTHER if error == Code.DATABASE_UNAVAILABLE else BACKEND


def of_refusal(code: str) -> str:
    """Outcome of a request that reached no version, by the code of its answer."""
    return _AT_THE_DOOR.get(code, OTHER)
