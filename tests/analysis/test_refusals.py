"""Les opérations dangereuses de la conception : refusées, expliquées, avec ce qu'il faut faire à la place."""

import pandas as pd
import pytest

import datakit
from datakit.core.errors import DatakitError, GeographyError, UnsafeOperation

HERE, NEAR, AWAY = "QN06901N", "QN06902N", "QN97401N"


def table(codes, year=2021, **columns):
    columns = columns or {"taux_pauvrete": [40.0] * len(codes)}
    frame = pd.DataFrame(columns, index=pd.Index(codes, name="code_qp"))
    frame.attrs |= {"years": dict.fromkeys(columns, year), "labels": {"source": "INSEE, Filosofi"}}
    return frame


def named(*codes):
    return pd.DataFrame({"code_qp": codes})


FORBIDDEN = {
    "joindre par le nom": lambda: datakit.join(named(HERE), pd.DataFrame({"lib_qp": ["Centre"], "taux": [1.0]})),
    "joindre par la commune": lambda: datakit.join(named(HERE), pd.DataFrame({"insee_com": ["69123"], "n": [1.0]})),
    "mêler 2015 et 2024": lambda: datakit.join(named(HERE), named("QP069001").assign(n=1.0)),
    "moyenner des médianes": lambda: datakit.aggregate(
        table([HERE, NEAR], niveau_vie_median=[1.0, 2.0], menages=[1, 1]), "niveau_vie_median", "menages"
    ),
    "franchir 2022 dans Filosofi": lambda: datakit.change(table([HERE], 2021), table([HERE], 2023)),
}
JUDGED = {
    "moyenne sans poids": lambda why: datakit.aggregate(table([HERE, NEAR]), "taux_pauvrete", ok_because=why),
    "Filosofi consécutifs": lambda why: datakit.change(table([HERE], 2020), table([HERE], 2021), ok_because=why),
    "hexagone et outre-mer": lambda why: datakit.aggregate(
        table([HERE, AWAY], taux_pauvrete=[40.0, 60.0], menages=[1, 1]), "taux_pauvrete", "menages", ok_because=why
    ),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_no_reason_excuses_is_refused_with_the_right_way(name):
    with pytest.raises(DatakitError) as refused:
        FORBIDDEN[name]()
    assert isinstance(refused.value, (UnsafeOperation, GeographyError))
    assert refused.value.remedy


@pytest.mark.parametrize("name", JUDGED)
def test_what_is_a_matter_of_judgement_is_refused_then_printed_with_its_reason(name):
    with pytest.raises(UnsafeOperation) as refused:
        JUDGED[name](None)
    assert refused.value.why
    assert "À la place :" in str(refused.value)
    found = JUDGED[name]("montrer le piège en séance")
    reserves = found.reserves if hasattr(found, "reserves") else found.attrs["reserves"]
    assert any("Assumé parce que : montrer le piège en séance" in reserve for reserve in reserves)


def test_a_missing_value_is_never_taken_for_zero():
    found = datakit.aggregate(table([HERE, NEAR], population=[100.0, None]), "population")
    assert pd.isna(found.value)
    assert (found.low, found.hidden) == (100.0, 1)
    assert datakit.rate(pd.Series([None, 1.0]), pd.Series([10.0, 10.0]))["value"].isna().tolist() == [True, False]


def test_a_cell_under_the_threshold_is_named_then_hidden():
    counts = pd.DataFrame({"zone": ["A", "B", "Ensemble"], "menages": [4, 60, 64]})
    assert len(datakit.secrecy.check(counts, "fiscal", count="menages"))
    protected = datakit.secrecy.protect(counts, "fiscal", count="menages")
    assert protected.table.loc[0, ["menages"]].isna().all()
