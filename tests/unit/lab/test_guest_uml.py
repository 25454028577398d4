import resource
import subprocess
import sys

from pykeepalived.lab import guest_uml

ASK = "import os, resource; print(*resource.getrlimit(resource.RLIMIT_NOFILE), len(os.sched_getaffinity(0)))"


def test_the_guest_may_open_as_many_files_as_its_user_and_stays_on_one_processor() -> None:
    def as_for_an_ordinary_user() -> None:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
        guest_uml.before_start()

    told = subprocess.run(
        [sys.executable, "-c", ASK],
        capture_output=True, text=True, check=True, preexec_fn=as_for_an_ordinary_user,
    )  # fmt: skip
    soft, hard, processors = map(int, told.stdout.split())

    assert soft == hard
    assert processors == 1
