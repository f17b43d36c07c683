"""Titles and the posts that they mean."""

import pytest

from dokodemo.demo.posts import POSTS as CITY
from dokodemo.domain.people import Employment
from dokodemo.domain.posts import POSTS, Post, read_title, sort_of


@pytest.mark.parametrize(
    ("title", "rank", "post"),
    [
        ("課長", "", Post.HEAD),
        ("課長", "課長級", Post.HEAD),
        ("署長", "", Post.HEAD),
        ("室長", "", Post.HEAD),
        ("室長", "部長級", Post.DIRECTOR),
        ("所長", "係長級", Post.CHIEF),
        ("事務局長", "次長級", Post.DEPUTY_DIRECTOR),
        ("参事", "", Post.DEPUTY_DIRECTOR),
        ("副参事", "", Post.HEAD_ASSIGNED),
        ("主幹", "", Post.CHIEF),
        ("副主幹", "", Post.ASSISTANT_HEAD),
        ("保育士", "主事級", Post.STAFF),
        ("市長", "", Post.SPECIAL),
    ],
)
def test_a_title_leads_to_its_post_and_the_rank_decides_between_several(title: str, rank: str, post: Post) -> None:
    assert read_title(title, rank=rank).post is post


def test_the_titles_of_the_demo_city_lead_to_its_own_posts() -> None:
    for code, post in CITY.items():
        employment = {"reemployed": Employment.REEMPLOYED, "fiscal_year": Employment.FISCAL_YEAR}.get(
            code, Employment.REGULAR
        )
        assert read_title(post.title, rank=post.rank, employment=employment).post == code
        assert sort_of(code) == post.sort


def test_an_unknown_title_is_answered_with_the_nearest_three() -> None:
    reading = read_title("主査補佐")
    assert reading.post is None
    assert len(reading.nearest) == 3
    assert "主査" in reading.nearest


def test_a_title_that_is_no_post_here_is_taken_as_one_and_said() -> None:
    assert (read_title("主事補").post, read_title("主事補").taken_as) == (Post.STAFF, "主事")


def test_an_employment_of_its_own_beats_a_low_or_unknown_title_but_not_a_leading_one() -> None:
    assert read_title("事務補助", employment=Employment.FISCAL_YEAR).post is Post.FISCAL_YEAR
    assert read_title("なんでも", employment=Employment.FISCAL_YEAR).post is Post.FISCAL_YEAR
    assert read_title("主査", employment=Employment.REEMPLOYED).post is Post.REEMPLOYED
    assert read_title("課長", employment=Employment.REEMPLOYED).post is Post.HEAD


def test_posts_have_distinct_places_in_the_order() -> None:
    sorts = [entry.sort for entry in POSTS.values()]
    assert sorts == sorted(set(sorts))
    assert sort_of("no such post") > max(sorts)
