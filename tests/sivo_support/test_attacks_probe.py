"""probe"""
import json
from datetime import timedelta
import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from django.db import connection
from tests.sla import world
from tests.sla.world import madrid, customer, person
from tests.tickets import hooks
from sla.models import Clock, Basis
from sla.operations.sweep import sweep
from tickets.models import *

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

def test_unbreach_by_priority():
    customer("enterprise")
    s = hooks.helpdesk()
    t0 = madrid("2026-11-18 10:00")
    d = hooks.arrive(s, hooks.created("T1", t0), t0)
    t = d.ticket
    c = world.contract_clock(t); print(c.severity, c.due_at, c.breached_at)
    late = t0 + timedelta(minutes=50)
    with time_machine.travel(late, tick=False):
        hooks.arrive(s, hooks.said("T1", late, "a1", "agent"), late)
    c = world.contract_clock(t); print(c.state, c.due_at, c.breached_at, c.met)
    back = t0 + timedelta(minutes=5)
    later = t0 + timedelta(hours=20)
    hooks.arrive(s, hooks.priority("T1", back, "low"), later)
    for c in Clock.objects.filter(ticket=t): print(c.metric, c.basis, c.state, c.due_at, c.breached_at, c.met, c.severity)
    c = world.contract_clock(t)
    assert c.breached_at

def test_created_twice():
    a = customer("enterprise"); b = customer("starter", domain="beta.example")
    s = hooks.helpdesk()
    t0 = madrid("2026-11-18 10:00")
    d = hooks.arrive(s, hooks.created("T1", t0), t0)
    hooks.arrive(s, hooks.created("T1", t0+timedelta(minutes=1), message_id="other", requester={"email":"eve@beta.example"}, subject="stolen"), t0+timedelta(minutes=1))
    t = Ticket.objects.get()
    print(t.customer, t.requester, t.subject, [ (e.kind, e.at, e.details) for e in t.events.all()])
    assert t.customer == a

def test_spoofed_join(settings):
    settings.OWN_MX_HOSTS = ["mx.sivo.example"]
    customer("enterprise")
    ok = "mx.sivo.example; dmarc=pass header.from=acme.example"
    t0 = madrid("2026-11-18 10:00")
    t = world.ticket_by_mail(t0, Authentication_Results=ok)
    print(t.customer, t.needs_triage)
    d = world.deliver(world.raw_mail("evil", subject=f"Re: {t.reference}"), t0 + timedelta(minutes=1))
    print(d.ticket, d.outcome)
    assert d.ticket != t

def test_agent_mail_only_to_us(settings):
    settings.OWN_MX_HOSTS = ["mx.sivo.example"]
    customer("enterprise"); person("Alice")
    ok = "mx.sivo.example; dmarc=pass header.from=acme.example"
    t0 = madrid("2026-11-18 10:00")
    t = world.ticket_by_mail(t0, Authentication_Results=ok)
    d = world.deliver(world.raw_mail("hey folks look", subject=f"Fwd: {t.reference}", sender="alice@sivocenter.example", Authentication_Results="mx.sivo.example; dmarc=pass header.from=sivocenter.example"), t0 + timedelta(minutes=1))
    print(d.ticket, d.outcome, [e.kind for e in t.events.all()])
    assert world.contract_clock(t).state == "running"

def test_db_rights():
    print(connection.settings_dict["USER"])
    from django.db import transaction
    for sql in ["SET ROLE sivo_owner", "TRUNCATE tickets_ticketevent CASCADE", "SET session_replication_role=replica",
      "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'select 1'", "CREATE TABLE public.x(a int)", "ALTER TABLE tickets_ticketevent DISABLE TRIGGER ALL",
      "DROP TRIGGER x ON tickets_ticketevent", "SET LOCAL pgtrigger.ignore = '{tickets_ticketevent:refuse_update_and_delete}'; DELETE FROM tickets_ticketevent", "UPDATE tickets_ticketevent SET at=now()",
      "SELECT setval('tickets_ticket_id_seq', 1)", "UPDATE django_migrations SET name='x'", "GRANT ALL ON tickets_ticketevent TO PUBLIC", "CREATE TEMP TABLE tickets_ticket(a int)", "CREATE SCHEMA evil", "COPY tickets_ticket TO PROGRAM 'id'",
      "DELETE FROM tickets_ticket", "UPDATE auth_user SET is_superuser=true", "DELETE FROM sla_clock", "LOCK TABLE tickets_ticketevent IN ACCESS EXCLUSIVE MODE", "INSERT INTO django_migrations(app,name,applied) values ('a','b',now())", "CREATE EXTENSION plpython3u", "CREATE EXTENSION pg_trgm","SELECT pg_read_file('/etc/passwd')", "SELECT lo_create(0)", "DELETE FROM pg_largeobject", "CREATE OR REPLACE FUNCTION pgtrigger_x() RETURNS trigger language plpgsql as 'begin return null; end'"]:
        try:
            with transaction.atomic():
                with connection.cursor() as c:
                    c.execute(sql)
                    transaction.set_rollback(True)
            print("ALLOWED", sql)
        except Exception as e:
            print("refused", sql[:60], "|", str(e).splitlines()[0])
