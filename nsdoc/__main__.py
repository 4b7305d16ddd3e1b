"""``python -m nsdoc`` is the command ``nsdoc``."""

import sys

from nsdoc.cli import main

if __name__ == "__main__":
    sys.exit(main())
