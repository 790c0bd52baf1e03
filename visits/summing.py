"""The trigger by which visits are added up: what each save changed of one, in the transaction of the save."""

import pgtrigger

#: What is added up of visits, beside how many there are.
SUMMED_FIGURES = ("sold", "discount", "manual_discount", "due", "points_paid", "paid", "left", "recorded")


def _add_to_sums() -> str:
    """In the words of PostgreSQL: add what a visit comes to now, and take away what it came to before.

    A sale is no visit (docs/rules.md, section 11); nor is what was there before the first save, or after a deletion.
    """

    def counted(row: str, sign: str) -> str:
        figures = ", ".join(f'{sign}{row}."{name}"' for name in SUMMED_FIGURES)
        sort = f"{row}.chain_id, {row}.starts_on, {row}.location_id, {row}.status"
        return f"{sort}, {row}.settled_at IS NOT NULL, {row}.client_id IS NOT NULL, {row}.is_sale, {sign}1, {figures}"

    figures = [f'"{name}"' for name in ("visits", *SUMMED_FIGURES)]
    sort = "location_id, status, is_settled, has_guest"
    return f"""
        INSERT INTO visits_visitsum (chain_id, of_month, "on", {sort}, is_new, {", ".join(figures)})
        SELECT chain_id, of_month, CASE WHEN of_month THEN date_trunc('month', "on")::date ELSE "on" END,
          {sort}, true, {", ".join(f"sum({figure})" for figure in figures)}
        FROM (VALUES ({counted("NEW", "+")}), ({counted("OLD", "-")}))
          AS changed (chain_id, "on", {sort}, is_sale, {", ".join(figures)})
        CROSS JOIN (VALUES (false), (true)) AS spans (of_month)
        WHERE NOT is_sale
        GROUP BY chain_id, of_month, "on", {sort}
        HAVING {" OR ".join(f"sum({figure}) <> 0" for figure in figures)};
        RETURN NULL;
    """  # noqa: S608 - names of columns alone


ADDS_TO_SUMS = pgtrigger.Trigger(
    name="adds_to_sums",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    func=_add_to_sums(),
)
