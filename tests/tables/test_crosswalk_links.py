"""La correspondance officielle : des liens, dans les deux sens, avec ses trous dits."""

from __future__ import annotations

import pytest

import datakit
from datakit.errors import OptionError


def test_links_both_ways(folder):
    there = datakit.crosswalk(depot=folder)
    assert list(there.columns) == ["origin", "target", "status", "share_origin", "share_target", "method"]
    first = there[there["origin"] == "QP069001"].iloc[0]
    assert (first["target"], first["status"]) == ("QN06901M", "modifie")
    back = datakit.crosswalk(2024, 2015, depot=folder)
    assert back[back["origin"] == "QN06901M"]["target"].tolist() == ["QP069001"]


def test_a_new_and_a_lost_neighbourhood_are_rows(folder):
    links = datakit.crosswalk(depot=folder)
    assert links[links["target"] == "QN06902N"]["origin"].isna().all()
    assert links[links["origin"] == "QP069002"]["status"].tolist() == ["sans_successeur"]


def test_links_carry_no_share(folder):
    assert datakit.crosswalk(depot=folder)["share_origin"].isna().all()


def test_options_are_closed(folder):
    with pytest.raises(OptionError):
        datakit.crosswalk(2015, 2015, depot=folder)
    with pytest.raises(OptionError):
        datakit.crosswalk(weights="habitants", depot=folder)


def test_the_real_list(real):
    links = datakit.crosswalk(depot=real)
    by_target = links.dropna(subset=["target"]).drop_duplicates("target")["status"].value_counts()
    assert by_target.to_dict() == {"modifie": 383, "inchange": 124, "nouveau": 36}
    splits = links[links["origin"] == "QP013032"]["target"].tolist()
    assert splits == ["QN01330M", "QN01331M", "QN01332M"]
    assert "QP069021" in links[links["status"] == "sans_successeur"]["origin"].tolist()
