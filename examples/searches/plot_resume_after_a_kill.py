"""
Resume after a kill
===================

With ``checkpoint`` every score is in a file as soon as it is known. A search that was killed goes
on where it was, and ends with the results that it would have had.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt

from sktune.looking import TimelineDisplay

# A script that searches, and says how many fits it did not have to do.

SCRIPT = """
from sklearn.datasets import load_digits
from sklearn.svm import SVC
from sktune import GridSearch, Observer

class Recalled(Observer):
    n_fits = 0

    def split_finished(self, trial, outcome):
        self.n_fits += outcome.recalled

X, y = load_digits(return_X_y=True)
grid = {"C": [0.1, 1, 10, 100], "gamma": [1e-4, 1e-3, 1e-2]}
recalled = Recalled()
search = GridSearch(SVC(), grid, checkpoint="search.jsonl", observers=[recalled]).fit(X, y)
print(f"{recalled.n_fits} of 60 fits were in the file; best accuracy {search.best_score_:.4f}")
"""

# %%
# It is killed as soon as the file has some fits, without a chance to clean up.

folder = Path(tempfile.mkdtemp())
journal = folder / "search.jsonl"
search = subprocess.Popen([sys.executable, "-c", SCRIPT], cwd=folder)
while not journal.exists() or journal.read_text().count("\n") < 30:
    time.sleep(0.01)
search.kill()
print(f"killed: the script ended with {search.wait()}")

# %%
# The same script again.

print(subprocess.check_output([sys.executable, "-c", SCRIPT], cwd=folder, text=True))

# %%
# The file has both runs: what came before the line is known from the first one.

TimelineDisplay.from_journal(journal)
plt.show()
