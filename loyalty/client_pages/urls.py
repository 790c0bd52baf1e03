"""Addresses of clients' cards and points."""

from django.urls import path

from loyalty.client_pages.accounts import views as accounts
from loyalty.client_pages.gift_cards import views as gift_cards
from loyalty.client_pages.memberships import views as memberships
from loyalty.client_pages.views import cards, registering, rows

app_name = "loyalty_clients"

urlpatterns = [
    path("chains/<slug:chain_slug>/cards/", cards.card_list, name="card_list"),
    *registering.new.at("clients/new/", "new"),
    *cards.cards.at("clients/<int:client_id>/", "cards"),
    *cards.issue.at("clients/<int:client_id>/issue/", "issue"),
    *rows.rows.at("clients/<int:client_id>/loyalty/", "rows"),
    *rows.accrue.at("clients/<int:client_id>/loyalty/accrue/", "accrue"),
    *rows.write_off.at("clients/<int:client_id>/loyalty/write-off/", "write_off"),
    *rows.undo.at("loyalty-rows/<int:row_id>/undo/", "undo"),
    path("chains/<slug:chain_slug>/accounts/", accounts.account_list, name="account_list"),
    *accounts.accounts.at("clients/<int:client_id>/accounts/", "accounts"),
    *accounts.open_account.at("clients/<int:client_id>/accounts/open/", "open_account"),
    *accounts.account.at("accounts/<int:account_id>/", "account"),
    *accounts.top_up.at("accounts/<int:account_id>/top-up/", "top_up"),
    *accounts.pay_out.at("accounts/<int:account_id>/pay-out/", "pay_out"),
    *accounts.adjust.at("accounts/<int:account_id>/adjust/", "adjust_account"),
    *accounts.block.at("accounts/<int:account_id>/block/", "account_block"),
    *accounts.unblock.at("accounts/<int:account_id>/unblock/", "account_unblock"),
    *accounts.receipt.at("receipts/<int:receipt_id>/", "receipt"),
    *cards.card.at("cards/<int:card_id>/", "card"),
    *cards.block.at("cards/<int:card_id>/block/", "block"),
    *gift_cards.gift_cards.at("clients/<int:client_id>/gift-cards/", "gift_cards"),
    path(
        "locations/<slug:location_slug>/gift-cards/look-up/",
        gift_cards.gift_card_look_up,
        name="gift_card_look_up",
    ),
    *gift_cards.gift_card.at("gift-cards/<int:gift_card_id>/", "gift_card"),
    *gift_cards.gift_card_adjust.at("gift-cards/<int:gift_card_id>/adjust/", "gift_card_adjust"),
    *gift_cards.gift_card_last_day.at("gift-cards/<int:gift_card_id>/last-day/", "gift_card_last_day"),
    *gift_cards.gift_card_letter.at("gift-cards/<int:gift_card_id>/letter/", "gift_card_letter"),
    *gift_cards.gift_card_block.at("gift-cards/<int:gift_card_id>/block/", "gift_card_block"),
    *gift_cards.gift_card_unblock.at("gift-cards/<int:gift_card_id>/unblock/", "gift_card_unblock"),
    *gift_cards.gift_card_history.at("gift-cards/<int:gift_card_id>/history/", "gift_card_history"),
    *memberships.memberships.at("clients/<int:client_id>/memberships/", "memberships"),
    *memberships.membership.at("memberships/<int:membership_id>/", "membership"),
    *memberships.membership_adjust.at("memberships/<int:membership_id>/adjust/", "membership_adjust"),
    *memberships.membership_last_day.at("memberships/<int:membership_id>/last-day/", "membership_last_day"),
    *memberships.membership_freeze.at("memberships/<int:membership_id>/freeze/", "membership_freeze"),
    *memberships.membership_unfreeze.at("memberships/<int:membership_id>/unfreeze/", "membership_unfreeze"),
    *memberships.membership_give.at("memberships/<int:membership_id>/give/", "membership_give"),
    *memberships.membership_block.at("memberships/<int:membership_id>/block/", "membership_block"),
    *memberships.membership_unblock.at("memberships/<int:membership_id>/unblock/", "membership_unblock"),
    *memberships.membership_history.at("memberships/<int:membership_id>/history/", "membership_history"),
]
