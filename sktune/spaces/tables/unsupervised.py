"""Components, embeddings, clusters, densities and covariances."""

from ..rows import ALL, AROUND, LOG, Row, Table, Times, Upto

_COMPONENTS = Row(Upto(1, 500, "both", log=True, strict=True), ALL, means={None: 500, "auto": 500})
_SHARED = Row(Upto(1, 50, "pairs", log=True, strict=True), ALL)
_FEW = Row(Upto(1, 20, "both", log=True), AROUND, means={None: 20, "auto": 20})
_TOPICS = Row((2, 50, LOG), AROUND)
_CLUSTERS = Row(Upto(2, 20, "samples", log=True, share=0.5), AROUND)
_NEIGHBORS = Row(Upto(5, 50, "samples", log=True, share=0.5), AROUND)
_SPARSITY = Row((0.1, 10.0, LOG), AROUND)
_BICLUSTERS = Row(Upto(2, 10, "both", share=0.5), AROUND)
_MIXTURE = {
    "n_components": Row(Upto(1, 10, "samples", share=0.1), AROUND),
    "covariance_type": Row(["full", "tied", "diag", "spherical"], ALL),
    "reg_covar": Row(Times(1e-6, 1e-2, "variance"), AROUND),
}

TABLE: Table = {
    "PCA": [
        {
            "n_components": Row(
                Upto(1, 500, "both", log=True, strict=True, otherwise=(0.5, 0.999)),
                ALL,
                means={None: 500},
                when={"svd_solver": ("auto", "full")},
            ),
            "whiten": Row([False, True], ALL),
        }
    ],
    "IncrementalPCA": [{"n_components": _COMPONENTS}],
    "TruncatedSVD": [{"n_components": Row(Upto(2, 300, "features", log=True, strict=True), ALL)}],
    "FastICA FactorAnalysis": [
        {"n_components": Row(Upto(1, 50, "both", log=True, strict=True), ALL, means={None: 50})}
    ],
    "KernelPCA": [
        {
            "n_components": Row(Upto(2, 100, "samples", log=True), AROUND, means={None: 100}),
            "kernel": Row(["rbf"], ALL),
            "gamma": Row(Times(1e-2, 10.0, "gamma"), AROUND),
        },
        {
            "n_components": Row(Upto(1, 100, "both", log=True), AROUND, means={None: 100}),
            "kernel": Row(["linear"], ALL),
        },
    ],
    "NMF MiniBatchNMF": [
        {"n_components": _FEW, "alpha_W": Row((1e-5, 0.1, LOG), AROUND)},
    ],
    "DictionaryLearning MiniBatchDictionaryLearning SparsePCA MiniBatchSparsePCA": [
        {"n_components": _FEW, "alpha": _SPARSITY}
    ],
    "LatentDirichletAllocation": [
        {"n_components": _TOPICS, "learning_decay": Row((0.51, 1.0), AROUND)}
    ],
    "PLSRegression": [{"n_components": Row(Upto(1, 50, "both", log=True, strict=True), ALL)}],
    "CCA PLSCanonical PLSSVD": [{"n_components": _SHARED}],
    "GaussianRandomProjection SparseRandomProjection": [
        {
            "n_components": Row(
                Upto(2, 1000, "features", log=True, strict=True), ALL, means={"auto": 1000}
            )
        }
    ],
    "Isomap LocallyLinearEmbedding": [{"n_neighbors": _NEIGHBORS}],
    "SpectralEmbedding": [
        {
            "affinity": Row(["nearest_neighbors"], ALL),
            "n_neighbors": Row(_NEIGHBORS.values, AROUND, means={None: 5}),
        }
    ],
    "TSNE": [{"perplexity": Row(Upto(5, 50, "samples", share=0.5), AROUND)}],
    "KMeans MiniBatchKMeans BisectingKMeans": [{"n_clusters": _CLUSTERS}],
    "AgglomerativeClustering": [
        {
            "n_clusters": Row(_CLUSTERS.values, AROUND, when={"distance_threshold": (None,)}),
            "linkage": Row(
                ["ward", "complete", "average", "single"], ALL, when={"metric": ("euclidean",)}
            ),
        }
    ],
    "FeatureAgglomeration": [
        {
            "n_clusters": Row(
                Upto(2, 500, "features", log=True, strict=True),
                ALL,
                when={"distance_threshold": (None,)},
            )
        }
    ],
    "SpectralClustering": [
        {"n_clusters": _CLUSTERS, "gamma": Row(Times(0.1, 10.0, "gamma"), AROUND)}
    ],
    "SpectralBiclustering SpectralCoclustering": [{"n_clusters": _BICLUSTERS}],
    "Birch": [{"threshold": Row(Times(0.05, 0.7, "spread"), AROUND), "n_clusters": _CLUSTERS}],
    "DBSCAN": [
        {
            "eps": Row(Times(0.05, 1.0, "distance"), AROUND, when={"metric": ("euclidean",)}),
            "min_samples": Row(Upto(2, 20, "samples", log=True, share=0.5), AROUND),
        }
    ],
    "OPTICS": [
        {
            "min_samples": Row(Upto(2, 20, "samples", log=True, share=0.5), AROUND),
            "xi": Row((0.01, 0.3, LOG), AROUND),
        }
    ],
    "HDBSCAN": [
        {
            "min_cluster_size": Row(Upto(2, 50, "samples", log=True, share=0.5), AROUND),
            "min_samples": Row(
                Upto(1, 20, "samples", log=True, share=0.5), AROUND, means={None: 5}
            ),
        }
    ],
    "MeanShift": [{"bandwidth": Row(Times(0.2, 1.5, "distance"), AROUND, means={None: 1.0})}],
    "AffinityPropagation": [{"damping": Row((0.5, 0.98), ALL)}],
    "GaussianMixture": [_MIXTURE],
    "BayesianGaussianMixture": [
        {
            **_MIXTURE,
            "weight_concentration_prior": Row((1e-3, 1e3, LOG), AROUND, means={None: 0.1}),
        }
    ],
    "ShrunkCovariance": [{"shrinkage": Row((0.0, 1.0), ALL)}],
    "GraphicalLasso": [{"alpha": Row(Times(0.05, 1.0, "variance"), AROUND)}],
    "MinCovDet EllipticEnvelope": [{"support_fraction": Row((0.6, 1.0), ALL, means={None: 0.6})}],
}
