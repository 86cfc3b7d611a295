"""probe"""
import json, logging, time, uuid
from datetime import timedelta
import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from django.db import connection
from tests.sla import world
from tests.sla.world import madrid, customer, person
from tests.sla.desk_world import NOW, make_desk, make_person
from tests.tickets import hooks
from sla.models import Clock, Basis
from sla.operations.sweep import sweep
from tickets.models import *
from django.core.management import call_command

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

def everywhere(*needles):
    with connection.cursor() as c:
        for table in connection.introspection.table_names(c):
            c.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
            for (row,) in c.fetchall():
                low = row.lower()
                for n in needles:
                    if n.lower() in low or n.lower().encode().hex() in low:
                        print("FOUND", n, "in", table, row[:300])

def test_erasure(client):
    with time_machine.travel(NOW, tick=False):
        a = customer("pro")
        root = make_person("Root"); client.force_login(root)
        print(client.post("/admin/tickets/contact/add/", {"name": "Bob Zanzibar", "email": "bob@acme.example", "customer": a.pk}).status_code)
        c = Contact.objects.get()
        print(client.post(f"/admin/tickets/contact/{c.pk}/change/", {"name": "Bob Zanzibar2", "email": "bob@acme.example", "customer": a.pk}).status_code)
        t = world.ticket_by_mail(NOW, sender="Bob Zanzibar <bob@acme.example>", subject="subjsecret", body="No funciona nada bodysecret")
        s = hooks.helpdesk()
        d = hooks.arrive(s, hooks.created("T1", NOW, body="hooksecret nada funciona", requester={"email":"bob@acme.example","name":"Bob Zanzibar"}, subject="subj2secret", message_id="m-bob@acme.example"), NOW)
        d = hooks.arrive(s, hooks.created("T2", NOW, body="hooksecret nada funciona", requester={"email":"bob@acme.example","name":"Bob Zanzibar"}).replace(b"bob@", b"bob\\u0040"), NOW)
        d = hooks.arrive(s, hooks.event("ticket.status.changed", NOW, ticket_id="T1", status="bob zanzibar"), NOW)
        print(d.state, d.reason)
        from tickets.operations import severity, answer
        client.post(f"/admin/tickets/ticket/{t.pk}/change/", {"action":"severity","severity":"S3","mode":"misjudged","reason":"Bob Zanzibar said reasonsecret"})
        client.post(f"/admin/tickets/ticket/{t.pk}/change/", {"action":"note","note":"Bob Zanzibar notesecret"})
        m = answer.answer_ticket(ticket_id=t.pk, text="answersecret", user=root, now=NOW)
        Message.objects.filter(pk=m.pk).update(send_error="SMTPRecipientsRefused: bob@acme.example")
        world.deliver(world.raw_mail("otrosecret", Auto_Submitted="auto-replied", sender="Bob <bob@acme.example>"), NOW)
        with time_machine.travel(NOW, tick=False):
            world.deliver(b"To: x\nFrom: Bob Zanzibar <bob@acme.example>\nContent-Type: multipart/mixed; boundary=x\n" + b"X: y\n"*60000, NOW)
        print("--- before"); 
        call_command("erase_contact", "bob@acme.example", "--yes")
        print("--- after")
        everywhere("bob@acme", "bob\\u0040acme", "Zanzibar", "subjsecret", "bodysecret", "hooksecret", "reasonsecret", "notesecret", "answersecret", "otrosecret", "subj2secret")

def test_logs(caplog):
    # DB error that quotes the row
    from tickets.operations import process
    s = hooks.helpdesk()
    with pytest.MonkeyPatch.context() as mp:
        import tickets.operations.write_message as w
        mp.setattr(w, "stored_key", lambda i: "x"*300)
        import tickets.operations.apply_message
        d = hooks.arrive(s, hooks.created("T1", NOW, body="logsecret body here"), NOW)
    print(d.state, d.reason)
    print("logsecret" in caplog.text, caplog.text[-600:])
    with pytest.MonkeyPatch.context() as mp:
        real = Message.objects.create
        d = hooks.arrive(s, json.dumps({"type":"ticket.created","data":{"ticket_id":"Z","subject":"logsecret2","requester":{"email":"b@x.es"}, "description":"logsecret3"}}).encode(), NOW, process=False)
    caplog.clear()
    cur = connection.cursor()

def test_10k(client):
    with time_machine.travel(NOW, tick=False):
        customer("enterprise")
        t = world.ticket_by_mail(NOW - timedelta(hours=1))
        from tickets.models import TicketEvent
        N = 5000
        ms = Message.objects.bulk_create([Message(ticket=t, author_kind="customer", channel="email", body="x"*200, reply="x"*200, body_sha256="0"*64, at=NOW - timedelta(minutes=50) + timedelta(milliseconds=i*10)) for i in range(N)])
        TicketEvent.objects.bulk_create([TicketEvent(ticket=t, kind="customer_wrote", at=m.at, recorded_at=NOW, message=m, key=f"c:{m.pk}") for m in ms])
        t0 = time.time(); d = world.deliver(world.raw_mail("more", subject=t.reference), NOW); print("deliver", time.time()-t0, d.ticket)
        root = make_person("Root"); client.force_login(root)
        t0 = time.time(); r = client.get(f"/admin/tickets/ticket/{t.pk}/change/"); print("page", r.status_code, len(r.content), time.time()-t0)
        t0 = time.time(); r = client.get(f"/admin/tickets/ticket/"); print("desk", r.status_code, time.time()-t0)
        t0 = time.time(); sweep(); print("sweep", time.time()-t0)

def test_classify_time():
    from tickets.domain.severity import classify
    from tickets.domain.reply import trim_reply
    from tickets.inbound.email.html_text import html_to_text
    hostile = {"a": "a"*8000, "aA": "aA "*3000, "sp": " "*8000, "nl": "\n"*8000, "gt": ">"*8000, "qt": "> "*4000, "no": "no "*2700, "nofunc": "no funciona "*700, "mix":"no puedo "*1000 , "dash": "-"*8000, "under":"_"*8000, "from":"From: a\n"*1000, "on": "On "*2700, "onwrote": "On Mon, Jan 1, "*500, "el": "El lun, 1 ene 2026 a las "*350, "url":"http://"*1100, "at":"a@"*4000, "dots":"."*8000, "dig":"1"*8000, "par":"("*8000, "br":"<"*8000, "unicode":"\u0301"*8000, "x":"e\u0301"*4000, "tab":"\t a"*2700, "wrote":"wrote:\n"*1100, "escribio":"escribió "*900, "star":"*"*8000, "pipe":"| "*4000, "and": "not only but "*700,"is":"is not is not "*600, "excl":"!"*8000, "nbsp":"\xa0"*8000, "all":"all calls all lines all agents "*300}
    for k, v in hostile.items():
        for mult, lab in ((1,"8k"),(120,"1M")):
            w = (v*mult)[:8000*mult]
            for name, f in (("classify", lambda: classify(channel="email", subject=w[:500], body=w)), ("trim", lambda: trim_reply(w, subject="x"))):
                t0=time.time(); f(); dt=time.time()-t0
                if dt > (0.3 if mult==1 else 2): print(k, lab, name, round(dt,2))
