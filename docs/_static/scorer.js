/* Results of the search: the guide's pages before those of the API and the examples, and for what is
   asked most the page that answers it. */
const ANSWERS = {
  "parallel": "parallelism",
  "threads": "parallelism",
  "n_jobs": "parallelism",
  "random seed": "parallelism",
  "memory": "budgets",
  "timeout": "budgets",
  "progress": "progress",
  "tutorial": "start",
  "install": "install",
  "pipeline": "sharing",
  "resume": "reliability",
  "crash": "reliability",
  "early stopping": "early_stopping",
  "halving": "halving",
  "mlflow": "tracking",
  "gridsearchcv": "differences",
  "bayessearchcv": "from_bayes_search_cv",
};
const ASIDE = /^(generated|auto_examples)\/|^(api|architecture|bayes_engine|benchmarks|changes|contributing|versioning)$/;

var Scorer = {
  score: ([page, , anchor, , score]) => {
    const asked = (new URLSearchParams(location.search).get("q") || "").trim().toLowerCase();
    const answers = ANSWERS[asked] === page && !anchor;
    return (answers ? 1000 : 0) + score - (ASIDE.test(page) ? 10 : 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
