import pandas as pd
import pytest

from datakit.analysis.moves import flows
from datakit.core.errors import CodeError, FormatError, GeographyError, OptionError

HERE, THERE = "QN06901N", "QN06902N"


def toy():
    """The toy of the course: 1 000 adults, 430 poor; 40 leave poverty, 200 leave (60 poor), 200 arrive (110 poor)."""
    rows = [(k, 2015, "etat_initial", HERE, "pauvre" if k < 430 else "moyen") for k in range(1000)]
    rows += [(k, 2018, "classe_revenu", HERE, "modeste") for k in range(40)]
    leavers = [*range(370, 430), *range(860, 1000)]
    rows += [(k, 2019, "depart", None, None) for k in leavers]
    rows += [(1000 + k, 2019, "arrivee", HERE, "pauvre" if k < 110 else "moyen") for k in range(200)]
    columns = ["id_individu", "annee", "evenement", "code_qp_2024", "classe_revenu"]
    return pd.DataFrame(rows, columns=columns).sort_values(["id_individu", "annee"], ignore_index=True)


def test_stock_says_worse_and_flow_says_better():
    found = flows(toy(), HERE, 2015, 2020)
    assert found["effectif"].to_dict() == {"restes": 800, "partis": 200, "arrives": 200}
    assert found.attrs["stock"] == {2015: pytest.approx(43.0), 2020: pytest.approx(44.0)}
    assert found.loc["restes", "taux_debut"] == pytest.approx(46.25)
    assert found.loc["restes", "taux_fin"] == pytest.approx(41.25)
    assert found.loc["partis", "taux_debut"] == pytest.approx(30)
    assert found.loc["arrives", "taux_fin"] == pytest.approx(55)
    assert "800" in found.attrs["flux"][0]


def test_who_moves_within_the_territory_is_seen_after_leaving():
    log = toy()
    moved = pd.DataFrame([(500, 2018, "demenagement", THERE, "aise")], columns=log.columns)
    log = pd.concat([log, moved]).sort_values(["id_individu", "annee"], kind="stable", ignore_index=True)
    found = flows(log, HERE, 2015, 2020)
    assert found.loc["partis", "effectif"] == 201
    assert found.loc["partis", "taux_fin"] == 0
    both = flows(log, [HERE, THERE], 2015, 2020)
    assert both.loc["partis", "effectif"] == 200


def test_births_and_deaths_close_the_account():
    log = toy()
    extra = [(600, 2017, "deces", None, None), (5000, 2016, "naissance", HERE, "moyen")]
    log = pd.concat([log, pd.DataFrame(extra, columns=log.columns)])
    log = log.sort_values(["id_individu", "annee"], kind="stable", ignore_index=True)
    found = flows(log, HERE, 2015, 2020)
    assert found["naturel"].to_dict() == {"restes": 0, "partis": 1, "arrives": 1}
    assert found["effectif"].to_dict() == {"restes": 799, "partis": 201, "arrives": 201}


def test_an_empty_group_has_no_rate():
    log = toy()
    found = flows(log[log["evenement"] != "arrivee"], HERE, 2015, 2020)
    assert found.loc["arrives", "effectif"] == 0
    assert pd.isna(found.loc["arrives", "taux_fin"])


def test_bad_questions_are_refused():
    log = toy()
    with pytest.raises(FormatError, match="journal"):
        flows(log.drop(columns="annee"), HERE, 2015, 2020)
    with pytest.raises(OptionError, match="suivre"):
        flows(log, HERE, 2020, 2015)
    with pytest.raises(CodeError, match="ne connaît pas"):
        flows(log, THERE, 2015, 2020)
    with pytest.raises(CodeError, match="aucun quartier"):
        flows(log, [], 2015, 2020)
    with pytest.raises(GeographyError):
        flows(log, [HERE, "QP069001"], 2015, 2020)


def test_on_orvanche_the_flows_close_the_account_of_the_stock():
    """End to end on the ten years of the school's log: who was there, minus who left, plus who came, is there."""
    import datakit

    log = datakit.load_microdata("parcours")
    codes = sorted(log["code_qp_2024"].dropna().unique())[:3]
    found = flows(log, codes, 2015, 2024)
    people = found["effectif"]
    last = log[log["annee"] <= 2024].groupby("id_individu").tail(1)
    assert people["restes"] + people["arrives"] == last["code_qp_2024"].isin(codes).sum()
    first = log[log["annee"] <= 2015].groupby("id_individu").tail(1)
    assert people["restes"] + people["partis"] == first["code_qp_2024"].isin(codes).sum()
    stock, count = found.attrs["stock"], people.to_dict()
    weighted = count["restes"] * found.loc["restes", "taux_fin"] + count["arrives"] * found.loc["arrives", "taux_fin"]
    assert weighted / (count["restes"] + count["arrives"]) == pytest.approx(stock[2024], abs=0.5)
    assert len(found.attrs["flux"]) == 3


def test_one_field_for_the_stock_and_for_the_flow():
    log = toy().assign(annee_naissance=1980)
    log.loc[log["id_individu"].between(400, 499), "annee_naissance"] = 2005
    found = flows(log, HERE, 2015, 2020, age=18)
    assert found["effectif"].sum() == 1100 and found.attrs["stock"][2015] == pytest.approx(100 * 400 / 900)
    assert found.attrs["labels"]["champ"] == "personnes de 18 ans et plus en 2015"
    with pytest.raises(FormatError, match="annee_naissance"):
        flows(toy(), HERE, 2015, 2020, age=18)
