"""Fills a home: ``default:1.0.0`` was deployed, and after it 2.0.0, which a live server will find faulty."""


def _main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from modelhub.registry import lifecycle
    from tests.integration.conftest import ACTOR, register, train

    call_command("migrate", verbosity=0)
    for seed, label in enumerate(("1.0.0", "2.0.0")):
        lifecycle.deploy(register(train(seed), label), ACTOR, force=True, reason="test")


if __name__ == "__main__":
    _main()
