"""Who may see which customer: one clause that every read of customers carries."""

from __future__ import annotations

import sqlalchemy as sa

from treue.features.errors import TreueError
from treue.serving.store.schema import customers
from treue.serving.viewer import Viewer


class NotVisibleError(TreueError):
    """There is no such customer, or none that this viewer may see; the two look the same."""


class NotAllowedError(TreueError):
    """The viewer's role may not do this."""


def visible(
    viewer: Viewer, manager: sa.ColumnElement[str | None] = customers.c.account_manager
) -> sa.ColumnElement[bool]:
    """Return the condition under which a viewer sees a customer.

    Parameters
    ----------
    manager
        The customer's account manager of today: of `customers`, or of the newest run's scores,
        which say the same.
    """
    if viewer.sees_all:
        return sa.true()
    if viewer.role == "account_manager":
        return manager == viewer.account_manager
    return sa.false()


def require_visible(connection: sa.Connection, customer_id: str, viewer: Viewer) -> None:
    """Refuse a customer whom the viewer may not see.

    Raises
    ------
    NotVisibleError
        Also for a customer who is not there.
    """
    asked = sa.select(customers.c.customer_id).where(
        customers.c.customer_id == customer_id, visible(viewer)
    )
    if connection.execute(asked).first() is None:
        raise NotVisibleError(
            f"customer {customer_id!r} is not among the customers you see; look them up in the "
            "worklist"
        )


def require_lead(viewer: Viewer) -> None:
    """Refuse everybody but a lead.

    Raises
    ------
    NotAllowedError
        For any other role.
    """
    if viewer.role != "lead":
        raise NotAllowedError(f"{viewer.name} may not see this; ask a lead")
