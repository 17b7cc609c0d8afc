"""Writes agreement.json: figures of agreement by SciPy, for Tests/EvaluationTests/SciPyTests.swift.

    python3 generate.py        # SciPy 1.17.1, NumPy 2.x; any recent version gives the same digits

Every case has scores x, opinions y, scipy.stats.spearmanr, pearsonr, kendalltau (variant b) and, where
the fit is part of the case, scipy.optimize.curve_fit of the four-parameter logistic with the start values
of the program. Data: numpy.random.default_rng(20) below; nothing is measured on real pictures.
"""
import json

import numpy as np
import scipy
from scipy import optimize, stats


def logistic(x, b1, b2, b3, b4):
    return b2 + (b1 - b2) / (1 + np.exp(-(x - b3) / np.abs(b4)))


def case(name, x, y, fit=True):
    x, y = np.asarray(x, float), np.asarray(y, float)
    entry = {
        "name": name, "x": x.tolist(), "y": y.tolist(),
        "srcc": float(stats.spearmanr(x, y).statistic),
        "plcc": float(stats.pearsonr(x, y).statistic),
        "krcc": float(stats.kendalltau(x, y, variant="b").statistic),
        "rmse": float(np.sqrt(np.mean((x - y) ** 2))),
        "mae": float(np.mean(np.abs(x - y))),
    }
    if fit:
        rising = entry["plcc"] >= 0
        start = [y.max() if rising else y.min(), y.min() if rising else y.max(), x.mean(), x.std() / 4]
        beta, _ = optimize.curve_fit(
            logistic, x, y, p0=start, maxfev=200000, ftol=1e-15, xtol=1e-15, gtol=1e-15)
        curve = logistic(x, *beta)
        entry["fit"] = {
            "beta": [float(b) for b in beta[:3]] + [float(abs(beta[3]))],
            "plcc": float(stats.pearsonr(curve, y).statistic),
            "rmse": float(np.sqrt(np.mean((curve - y) ** 2))),
        }
    return entry


rng = np.random.default_rng(20)
cases = []
for n in (6, 40, 500):
    x = rng.normal(50, 15, n)
    cases.append(case(f"random-{n}", x, rng.normal(50, 15, n), fit=False))
x = rng.normal(5, 1, 400)
cases.append(case("bent", x, 80 / (1 + np.exp(-(x - 5.2) / 0.6)) + 10 + rng.normal(0, 4, 400)))
x = rng.uniform(0, 100, 300)
cases.append(case("falling", x, 4 - 3 / (1 + np.exp(-(x - 40) / 9)) + rng.normal(0, 0.2, 300)))
x = rng.uniform(-3, 3, 250)
cases.append(case("saturated", x, 1 / (1 + np.exp(-x / 0.4)) + rng.normal(0, 0.1, 250)))
x = rng.normal(60, 10, 500)
cases.append(case("weak", x, 20 + 0.5 * x + rng.normal(0, 8, 500)))
x = rng.normal(60, 12, 800)
cases.append(case("tied", np.round(x / 4), np.round((x + rng.normal(0, 10, 800)) / 8), fit=True))
cases.append(case("many-ties", rng.integers(0, 3, 200), rng.integers(0, 2, 200), fit=False))
with open("agreement.json", "w") as file:
    file.write('{"scipy": "%s", "numpy": "%s", "cases": [\n' % (scipy.__version__, np.__version__))
    file.write(",\n".join(json.dumps(c) for c in cases) + "\n]}\n")
for c in cases:
    print(c["name"], c["srcc"], c["krcc"], c["plcc"], c.get("fit"))
