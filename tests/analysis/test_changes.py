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


def test_counts_converted_from_2015_are_compared_with_2024():
    """From the question to the answer: the remedy of each refusal on the way is followed, and works."""
    import datakit as dk

    passage = dk.crosswalk(2015, 2024, "area")
    before = dk.load_indicators("population", geography=2015)[["population_municipale"]]
    after = dk.load_indicators("population", geography=2024)[["population_municipale"]]
    with pytest.raises(GeographyError, match="links="):
        change(before, after)
    converted = dk.convert(before, passage)
    found = change(converted, after)
    assert found.attrs["years"] == {"population_municipale": (2018, 2020)}
    assert found["indicator"].unique().tolist() == ["population_municipale"]  # coverage is no indicator
    assert any("en partie seulement" in r for r in found.attrs["reserves"])
    row = found.loc["QN09608I"]
    assert row["change"] == pytest.approx(100 * (row["after"] / row["before"] - 1))


def test_years_that_the_producer_does_not_document_may_be_declared():
    before = pd.DataFrame({"demandeurs_emploi_abc": [100.0]}, index=pd.Index(["QN06901I"], name="code_qp"))
    after = before + 10
    with pytest.raises(UnsafeOperation, match=r"years=\(2018, 2022\)"):
        change(before, after)
    found = change(before, after, years=(2018, 2022))
    assert found["change"].tolist() == pytest.approx([10])
    assert any("Années déclarées" in r and "2018 et 2022" in r for r in found.attrs["reserves"])
    assert found.attrs["labels"]["millesime"] == "2018–2022"
    after.attrs["years"] = {"demandeurs_emploi_abc": 2021}
    with pytest.raises(OptionError, match="décrit 2021, et non 2022"):
        change(before, after, years=(2018, 2022))
    assert change(before, after, years=(2018, 2021)).attrs["years"] == {"demandeurs_emploi_abc": (2018, 2021)}
    for wrong in ((2018,), 2018, ("2018", "2022"), [2018, 2019, 2020]):
        with pytest.raises(OptionError, match="couple d'années"):
            change(before, after, years=wrong)


def test_a_refusal_looks_at_the_source_of_the_indicator_not_of_its_table():
    """One file mixes sources: two CAF years beside Filosofi are not two Filosofi years."""
    index = pd.Index(["QN06901I"], name="code_qp")
    tables = []
    for year in (2020, 2021):
        table = pd.DataFrame({"allocataires_caf": [100.0 + year - 2020]}, index=index)
        table.attrs["labels"] = {"source": "INSEE, Filosofi ; INSEE, CNAF"}
        table.attrs["years"] = {"allocataires_caf": year}
        table.attrs["origins"] = {"allocataires_caf": ("INSEE, CNAF", str(year), "QPV")}
        tables.append(table)
    assert change(*tables)["change"].tolist() == pytest.approx([1])


def test_what_has_no_two_years_is_left_aside_and_named():
    """One file mixes dated and undated columns: the answer is about the first, and says so of the others."""
    before, after = (table(y, [1.0, 2], part_femmes=[50.0, 51], niveau_vie_median=[9.0, 9]) for y in (2018, 2021))
    before.attrs["years"] |= {"part_femmes": None, "niveau_vie_median": 2021}
    found = change(before, after)
    assert found["indicator"].unique().tolist() == ["taux_pauvrete"]
    said = " ".join(found.attrs["reserves"])
    assert "n'étant pas documentée : part_femmes" in said
    assert "même année ou une année antérieure : niveau_vie_median" in said
    # the way out that the reserve names
    assert "part_femmes" in change(before, after, years=(2015, 2021))["indicator"].tolist()
    with pytest.raises(OptionError, match=r"retirer cet indicateur : change\(avant.drop\(columns=\"part_femmes\"\)"):
        change(before, after, years=(2021, 2022))
    assert len(change(before.drop(columns="part_femmes"), after, years=(2021, 2022)))


def test_quarters_that_cannot_be_followed_are_named():
    found = change(table(2018, [1.0, 2]), table(2021, [1.0, 2], codes=("QN06901I", "QN06903M")))
    assert found.attrs["dropped"] == ["QN06902M", "QN06903M"]
    assert any("2\xa0quartiers non suivis" in r and "QN06902M" in r for r in found.attrs["reserves"])
