"""One helper that holds frozen rows in the database, whoever writes: form, API, shell or SQL."""

import pgtrigger

_BODY = """
IF current_user = 'plimsoll_owner' THEN
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END IF;
IF TG_OP = 'DELETE' THEN
  RAISE EXCEPTION '{label} is frozen and cannot be deleted.' USING ERRCODE = 'check_violation';
END IF;
IF (to_jsonb(NEW) - ARRAY[{free}]::text[]) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY[{free}]::text[]) THEN
  RAISE EXCEPTION '{label} is frozen: make a new version that supersedes it.' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


def freeze(
    label: str, *, when: str = "", free: tuple[str, ...] = ("updated_at", "archived_at")
) -> pgtrigger.Trigger:
    """Return a trigger that refuses UPDATE and DELETE of rows for which the SQL ``when`` holds (on OLD).

    Columns in ``free`` may still change. The owner role may remove rows (demo removal, restore).
    """
    columns = ", ".join(f"'{name}'" for name in free)
    return pgtrigger.Trigger(
        name="frozen",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        condition=pgtrigger.Condition(when) if when else None,
        func=_BODY.format(label=label, free=columns),
    )
