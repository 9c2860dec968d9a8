"""A policy with every statement, clause, condition, value and step of a test."""

from dsl import syntax
from tests.dsl.making import policy

TEXT = r"""
policy everything version 3;
use tools "bank.tools.json";
timezone "Europe/Berlin";
let limit = 100.0;
let far = args.amount > limit and now > 2026-01-01T09:00 and now - 2026-01-01 >= 15m;
table rates { ("EU", 1): 1.5; ("US", -2): 2; }
table open_days { "mon": true; }
fact reservation = lookup get_reservation(id: args.id, limit: limit + 1) within 2s;
fact member = given;
source read_file, get_transactions as untrusted;
source "my.tool".items[*].name as internal whole;
kind send_money.recipient is iban;
label get_user.passport as secret;
label get_user.passport as pii for "hr" when result.folder == "HR";
default ask because "nobody said \u200b otherwise";
rule large:
  ask send_money
  when args.amount > 100 and far
  priority -1
  approver role "treasury"
  expires 15m
  because "a large amount"
  reply "Ask about {args.amount} {{"
  retry;
rule named: ask send approver user expires 2h final;
rule anyone: ask send approver any;
rule history:
  deny send_money except srv/send_money
  when count(send_money within 1h per subject) >= 5 or called("hub/x" where past.args.a == 1)
    or sum(send_money: past.args.amount within 1d) + args.amount > 1000
    or last(search).result.items[0].id? == args.id?
    or since(verify, change);
rule origins:
  deny pay
  when args.x only from [user, trusted] or args.y from tool("get_*") or args.z from nowhere
    or args.to from record(get_events) where record.title from user;
rule labels: deny pay when session saw untrusted or session has secret or args.b has pii;
rule words: deny pay when user_said(/pay\/x/) and args.a matches /a\/b/ and args.b like "a*";
rule judged: ask pay when judge("do not gossip" as text_ban forbids) >= 0.8 mode shadow;
rule scored: ask pay when classify("off_task") > 0.5 or similar(args.body, "b_17") >= 0.74;
rule values:
  deny pay
  when not args.a[0].b? in [1, "a", true] and args.c not in -1..10
    and all e in args.items: (e.price <= 10% * e.full or -e.price < abs(e.full))
    and count(i in args.items: i.ok == true) != len(args.items)
    and sum(i in args.items: i.price) <= rates("EU", 1)
    and present(args.d) and args.e;
rule seen on result:
  allow read_*
  when detects(result.body, "pii")
  with redact(result.body, "pii");
rule said on reply: deny when reply contains "a";
rule sent:
  allow send
  with set(args.limit, [1, null, [true]]), drop(args.cc)
  require notify("security"), verify before, log_it after
  source "p.md" line 41
  owner "payments"
  valid from 2026-01-01 until 2026-06-30;
rule risky: ask tools where risk == "high" except send_* when args.a == 1;
test "steps" {
  given now 2026-03-02T10:00:00;
  given context {"a": 1};
  given subject "u" roles ["a", "b"];
  given subject "v";
  given agent "x";
  given score "do not gossip" is 0.9;
  fact member = {"level": ["gold", 1.50]};
  user "Pay";
  call send_money(a: 1, b: {"c": [null]}) returns {"x": [1]};
  expect result deny by history;
  call pay() returns null;
  call pay() fails;
  reply "hello";
  expect deny;
}
"""


def everything() -> syntax.Policy:
    """Read the policy."""
    return policy(TEXT)
