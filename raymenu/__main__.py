"""``python -m raymenu``: the command line where its script is not on the path."""

from raymenu.cli import main

if __name__ == "__main__":
    main()
