"""What officers do with their part of a matter."""

from playwright.sync_api import expect


def open_task(officer, shop):
    """Find the task of a matter in the department's queue, open it, claim it where needed."""
    officer.go("cases:queue_scope", "department")
    page = officer.page
    page.get_by_role("link", name=shop).first.click()
    detail = page.locator("#detail, main").last
    expect(page.get_by_role("heading", name=shop).first).to_be_visible()
    claim = page.get_by_role("button", name=officer.word("Claim"))
    if claim.count():
        claim.first.click()
        officer.sees("It is yours now.")
    return detail


def approve(officer, opinion):
    officer.fill("Opinion", opinion)
    officer.press("Check and approve")
    expect(officer.page.locator('input[name="confirm"]')).to_have_count(1)
    officer.press("Approve")
    officer.sees("Approved: your department is through with its part.")


def ask_supplement(officer, text, ground):
    officer.press("Ask for a supplement")
    officer.fill("What the applicant has to add", text)
    officer.fill("Legal ground of the suspension", ground)
    officer.press("Ask for a supplement")
    officer.sees("The applicant was asked; the clock stands still until they answer.")


def ask_for_help(officer, department, text):
    officer.press("Ask another department for help")
    officer.page.get_by_label(officer.word("Department asked", whole=False)).first.select_option(
        department
    )
    officer.fill("What you need of them", text)
    officer.press("Ask another department for help")
    officer.sees("The department was asked; its clock runs.")
