import numpy as np
import pandas as pd
import pytest

from datakit.analysis.changes import change
from datakit.core.errors import GeographyError, JoinError, OptionError, UnsafeOperation
from datakit.core.labels import make_labels

FILOSOFI = "INSEE, Filosofi"


def table(year, values, source=FILOSOFI, codes=("QN06901I", "QN06902M"), **columns):
    data = pd.DataFrame({"taux_pauvrete": values, **columns}, index=pd.Index(codes, name="code_qp"))
    data.attrs = {"years": dict.fromkeys(data.columns, year), "labels": make_labels(source, str(year), "QPV")}
    return data


def test_rates_change_in_points_counts_and_medians_in_percent():
    before = table(2018, [40.0, 30], menages_fiscaux=[100.0, 0], niveau_vie_median=[10_000.0, 12_000])
    after = table(2021, [42.5, np.nan], menages_fiscaux=[110.0, 5], niveau_vie_median=[11_000.0, 12_000])
    found = change(before, after).set_index("indicator", append=True)
    first = found.xs("QN06901I")
    assert first["unit"].to_dict() == {"taux_pauvrete": "points", "menages_fiscaux": "%", "niveau_vie_median": "%"}
    assert first["change"].round(6).to_dict() == {
        "taux_pauvrete": 2.5,
        "menages_fiscaux": 10,
        "niveau_vie_median": 10,
    }
    assert found.xs("QN06902M")["change"].isna().tolist() == [True, True, False]


def test_consecutive_filosofi_needs_a_reason():
    with pytest.raises(UnsafeOperation, match="consécutifs"):
        change(table(2020, [1.0, 2]), table(2021, [1.0, 2]))
    found = change(table(2020, [1.0, 2]), table(2021, [1.0, 2]), ok_because="illustrer le piège")
    assert "illustrer le piège" in found.attrs["reserves"][0]


def test_the_school_is_never_followed_into_the_real_world():
    invented = table(2018, [1.0, 2], codes=("QN09601I", "QN09602M"))
    with pytest.raises(GeographyError, match="fictif"):
        change(invented, table(2021, [1.0, 2]))


def test_consecutive_health_insurance_needs_a_reason():
    with pytest.raises(UnsafeOperation, match="assurance maladie"):
        change(table(2020, [1.0, 2], "CNAM"), table(2021, [1.0, 2], "CNAM"))


def test_filosofi_never_crosses_2022_whatever_the_reason():
    with pytest.raises(UnsafeOperation, match="ne se comparent pas"):
        change(table(2021, [1.0, 2]), table(2023, [1.0, 2]), ok_because="j'insiste")


def test_two_sources_are_not_an_evolution():
    with pytest.raises(UnsafeOperation, match="même source"):
        change(table(2018, [1.0, 2]), table(2021, [1.0, 2], "INSEE, recensement"))
    assert len(change(table(2018, [1.0, 2]), table(2021, [1.0, 2], "X"), ok_because="essai").attrs["reserves"]) == 1


def test_an_undocumented_year_is_refused():
    before = table(2018, [1.0, 2])
    before.attrs["years"] = {"taux_pauvrete": None}
    with pytest.raises(UnsafeOperation, match="année"):
        change(before, table(2021, [1.0, 2]))


def test_dates_must_be_in_order():
    with pytest.raises(OptionError, match="antérieur"):
        change(table(2021, [1.0, 2]), table(2018, [1.0, 2]))


OLD = ("QP069001", "QP069002", "QP069003")
LINKS = pd.DataFrame(
    {
        "origin": [*OLD, None],
        "target": ["QN06901I", "QN06902M", None, "QN06903N"],
        "status": ["inchange", "modifie", "sans_successeur", "nouveau"],
    }
)


def test_two_geographies_need_the_links_and_only_unchanged_outlines_are_followed():
    before = table(2018, [40.0, 30, 20], codes=OLD)
    after = table(2021, [42.0, 30, 10], codes=("QN06901I", "QN06902M", "QN06903N"))
    with pytest.raises(GeographyError, match="découpage"):
        change(before, after)
    found = change(before, after, links=LINKS)
    assert found.index.tolist() == ["QN06901I"]
    assert found["change"].tolist() == [2]
    assert found.attrs["dropped"] == ["QN06902M", "QN06903N", "QP069002", "QP069003"]


def test_an_unchanged_quarter_that_also_feeds_another_is_not_followed():
    links = pd.concat([LINKS, pd.DataFrame({"origin": ["QP069001"], "target": ["QN06904M"], "status": ["modifie"]})])
    with pytest.raises(JoinError, match="aucun code commun"):
        change(table(2018, [40.0, 30, 20], codes=OLD), table(2021, [1.0, 2]), links=links)


def test_tables_without_common_indicator_are_refused():
    with pytest.raises(JoinError, match="aucun indicateur"):
        change(table(2018, [1.0, 2]), table(2021, [1.0, 2]).rename(columns={"taux_pauvrete": "x"}))
