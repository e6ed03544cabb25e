"""DeepFM with the interface of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from deepfm.estimator import folder
from deepfm.estimator.columns import as_fields, check_frame, find_kinds, place_names
from deepfm.estimator.target import find_classes, read_labels
from deepfm.estimator.training import Split, hold_out, train, training_settings
from deepfm.explanation.contributions import explain
from deepfm.fields.encoded import Encoded
from deepfm.fields.fields import FieldSet
from deepfm.model.scoring import Floats
from deepfm.model.settings import Fusion
from deepfm.serving.export import Format, export
from deepfm.serving.inputs import ServedInput


class DeepFMClassifier(ClassifierMixin, BaseEstimator):
    """A DeepFM for two classes on a table of ids and numbers.

    X is a DataFrame, or an array (of objects, where it holds text beside numbers). Text, categories
    and booleans are ids, numeric columns are numbers; integers are numbers unless named in
    ``categorical_features``. Times are refused. What the columns may hold:

    - Ids never seen in ``fit``, or seen less than ``min_count`` times, share one row of the model,
      which is trained. 1 and 1.0 are one id.
    - Missing values (NaN, None, NA; of numbers also infinities) have a row of their own; where a
      column had none in ``fit``, a missing value counts as typical, that is, adds nothing.
    - A constant number adds nothing, whatever its value later on.
    - y holds two classes: text, booleans or whole numbers. One class, or three, are refused.

    Args:
        categorical_features: names of columns (or their places, where X has no names) that are
            ids, whatever their type.
        numeric_features: the same for numbers. The rest is found from the types.
        dim, units, dropout, batch_norm, fusion: see ``ModelSettings``.
        batch_size: examples a step; ``"auto"`` is 1024, or for less than 51,200 training rows the
            largest power of two with which an epoch has 50 steps, but at least 16.
        learning_rate, epochs, evaluations_per_epoch, patience, lr_factor, l2, oov_rate, min_count,
            knots, mixed_precision: see ``TrainingSettings``.
        validation_fraction: share of the rows of ``fit`` that are held out, so that the training
            stops when their AUC no longer grows, and the weights with the best one are kept. On
            the same rows the logit is calibrated (Platt). With 0, or where fewer than 10 rows of a
            class would be held out or left, no row is held out, and all ``epochs`` are trained.
        validation_split: which rows are held out: ``"random"``, with the same share of each class,
            or ``"last"``, for rows in the order of time.
        random_state: int, ``RandomState`` or None. The same int, data and machine give the same
            weights bit by bit on a CPU.

    Attributes:
        classes_: the two labels, sorted; the second is the positive one.
        n_features_in_: number of columns of X.
        feature_names_in_: their names, where X has any.
        n_validation_: rows that the weights were chosen on; 0 without early stopping.
        evaluations_: looks at these rows, or at the training rows where there are none.
        fields_: vocabularies and knots.
        model_: the weights.
        typical_: mean row of each field over the training rows ``[F, k + 1]``.

    Example:
        >>> import pandas as pd
        >>> X = pd.DataFrame({"city": ["Bonn", "Rome"] * 50, "age": range(100)})
        >>> y = X["city"] == "Rome"
        >>> model = DeepFMClassifier(learning_rate=0.01, random_state=0).fit(X, y)
        >>> model.predict(X.head(2))
        array([False,  True])
    """

    def __init__(
        self,
        *,
        categorical_features: Sequence[str | int] | None = None,
        numeric_features: Sequence[str | int] | None = None,
        dim: int = 8,
        units: Sequence[int] = (64, 32),
        dropout: float = 0.2,
        batch_norm: bool = False,
        fusion: Fusion = "sum",
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: float = 1e-3,
        epochs: int = 20,
        evaluations_per_epoch: int = 2,
        patience: int = 5,
        lr_factor: float = 0.7,
        l2: float = 30.0,
        oov_rate: float = 0.01,
        min_count: int = 10,
        knots: int = 16,
        mixed_precision: bool = False,
        validation_fraction: float = 0.15,
        validation_split: Split = "random",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.categorical_features = categorical_features
        self.numeric_features = numeric_features
        self.dim = dim
        self.units = units
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.fusion = fusion
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.evaluations_per_epoch = evaluations_per_epoch
        self.patience = patience
        self.lr_factor = lr_factor
        self.l2 = l2
        self.oov_rate = oov_rate
        self.min_count = min_count
        self.knots = knots
        self.mixed_precision = mixed_precision
        self.validation_fraction = validation_fraction
        self.validation_split = validation_split
        self.random_state = random_state

    def fit(
        self,
        X: pd.DataFrame | ArrayLike,
        y: ArrayLike,
        eval_set: tuple[pd.DataFrame | ArrayLike, ArrayLike] | None = None,
    ) -> Self:
        """Train.

        Args:
            X: ``[n, columns]``.
            y: two classes ``[n]``.
            eval_set: ``(X, y)`` for early stopping, in place of held-out rows. In a pipeline it is
                not transformed by the steps before.

        Raises:
            InputError: (a ValueError) a parameter is out of range, a column cannot be used, or y
                has not two classes.
        """
        frame = self._frame(X, reset=True)
        self.classes_, label = find_classes(y)
        check_consistent_length(frame, label)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        rows, held = np.arange(len(label)), np.arange(0)
        if eval_set is None:
            rows, held = hold_out(label, self.validation_fraction, self.validation_split, seed)
        settings = training_settings(self.get_params(deep=False), len(rows), seed)
        seen, seen_label = frame.iloc[rows], label[rows]
        sparse, dense = find_kinds(seen, self.categorical_features, self.numeric_features)
        self.fields_ = FieldSet.fit(
            as_fields(seen, sparse, dense),
            sparse,
            dense,
            min_count=settings.min_count,
            knots=settings.knots,
        )
        valid = None
        if eval_set is not None:
            valid = self._encode(self._frame(eval_set[0])), read_labels(eval_set[1], self.classes_)
            check_consistent_length(*valid)
        elif len(held):
            valid = self._encode(frame.iloc[held]), label[held]
        trained = train(self.fields_, self._encode(seen), seen_label, valid, settings)
        self.model_, self.typical_ = trained.model, trained.typical
        self.evaluations_ = trained.evaluations
        self.n_validation_ = len(valid[1]) if valid else 0
        return self

    def decision_function(self, X: pd.DataFrame | ArrayLike) -> Floats:
        """The logit of the second class ``[n]``."""
        check_is_fitted(self)
        return self.model_.logit(self._encode(self._frame(X)))

    def predict_proba(self, X: pd.DataFrame | ArrayLike) -> Floats:
        """Probabilities of both classes ``[n, 2]``, calibrated where rows were held out."""
        positive = expit(self.decision_function(X))
        return np.column_stack([1.0 - positive, positive])

    def predict(self, X: pd.DataFrame | ArrayLike) -> NDArray[Any]:
        """The more likely class of each row ``[n]``."""
        positive = self.decision_function(X) > 0
        chosen: NDArray[Any] = self.classes_[positive.astype(int)]
        return chosen

    def explain(self, X: pd.DataFrame | ArrayLike) -> pd.DataFrame:
        """What each column adds to each row's logit, compared with a typical row.

        Returns:
            A column for each one of X, in its order, then ``base`` (the typical row's logit) and
            ``residual`` (rounding); a row of it sums to ``decision_function``. See
            ``deepfm.explanation.contributions`` for the formulas.
        """
        check_is_fitted(self)
        frame = self._frame(X)
        parts = explain(self.model_, self._encode(frame), self.typical_)
        table = pd.DataFrame(parts.total, index=frame.index, columns=list(self.fields_.names))
        extra = pd.DataFrame(
            {"base": parts.base, "residual": parts.residual}, index=frame.index, dtype=np.float64
        )
        return pd.concat([table[self._names()], extra], axis=1)

    def save(self, path: Path | str) -> None:
        """Write the fitted classifier into the folder ``path``, as JSON and plain arrays.

        A ``RandomState`` as ``random_state`` becomes None.

        Raises:
            InputError: the labels cannot be written as JSON.
        """
        check_is_fitted(self)
        names = getattr(self, "feature_names_in_", None)
        saved = folder.Saved(
            parameters=self.get_params(deep=False),
            classes=self.classes_,
            columns=self.n_features_in_,
            names=None if names is None else tuple(names),
            validation_rows=self.n_validation_,
            evaluations=self.evaluations_,
            fields=self.fields_,
            model=self.model_,
            typical=self.typical_,
        )
        folder.write(saved, Path(path))

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """The classifier that ``save`` wrote. Needs no TensorFlow.

        Raises:
            InputError: the folder holds none, is damaged, or a newer version wrote it.
        """
        saved = folder.read(Path(path), known=set(cls().get_params()))
        model = cls(**saved.parameters)
        model.classes_, model.n_features_in_ = saved.classes, saved.columns
        if saved.names is not None:
            model.feature_names_in_ = np.array(saved.names, dtype=object)
        model.n_validation_, model.evaluations_ = saved.validation_rows, saved.evaluations
        model.fields_, model.model_, model.typical_ = saved.fields, saved.model, saved.typical
        return model

    def export(self, path: Path | str, format: Format = "saved_model") -> tuple[ServedInput, ...]:
        """Write the fitted model for other programs: see ``deepfm.serving.export.export``.

        ``logit`` and ``score`` are those of the second class. Ids are text as ``str`` writes them,
        whole numbers without a decimal point: ``7`` also where the column held 7.0.
        """
        check_is_fitted(self)
        return export(self.fields_, self.model_, path, format)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.categorical = True
        tags.input_tags.allow_nan = True
        # Text is fine, but tags.input_tags.string would promise that any object is.
        return tags

    def _frame(self, X: pd.DataFrame | ArrayLike, reset: bool = False) -> pd.DataFrame:
        """X with the columns' names in ``fields_``, checked against ``fit``."""
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, reset=reset, skip_check_array=True)
            check_frame(X)
            return X.set_axis(self._names(), axis=1)
        array = validate_data(self, X, reset=reset, dtype=None, ensure_all_finite=False)
        return pd.DataFrame(array, columns=self._names()).infer_objects()

    def _names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        return list(place_names(self.n_features_in_) if names is None else names)

    def _encode(self, frame: pd.DataFrame) -> Encoded:
        sparse = [field.name for field in self.fields_.sparse]
        dense = [field.name for field in self.fields_.dense]
        return self.fields_.encode(as_fields(frame, sparse, dense))
