from __future__ import annotations

import pytest

from archlib.scenarios import scenario
from archlib.template import Template, emit
from archlib.verify import Report, Scenario, verify


@pytest.fixture(scope="session")
def todolist() -> Scenario:
    return scenario("mytodolist")


@pytest.fixture(scope="session")
def template(todolist: Scenario) -> Template:
    return emit(todolist.architecture()).template


@pytest.fixture(scope="session")
def report(todolist: Scenario) -> Report:
    """The whole verification of the undamaged template; done once."""
    return verify(todolist)


@pytest.fixture(scope="session")
def blog() -> Scenario:
    return scenario("myblog")


@pytest.fixture(scope="session")
def blog_template(blog: Scenario) -> Template:
    return emit(blog.architecture()).template


@pytest.fixture(scope="session")
def blog_report(blog: Scenario) -> Report:
    """The whole verification of MyBlog's undamaged template; done once."""
    return verify(blog)


@pytest.fixture(scope="session")
def shop() -> Scenario:
    return scenario("paid-content")


@pytest.fixture(scope="session")
def shop_template(shop: Scenario) -> Template:
    return emit(shop.architecture()).template


@pytest.fixture(scope="session")
def shop_report(shop: Scenario) -> Report:
    """The whole verification of paid content's undamaged template; done once."""
    return verify(shop)
