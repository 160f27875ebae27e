# Reads calendars as JSON lines {"ics", "from", "to"} and prints for each what python3-recurring-ical-events makes of it: a
# sorted JSON list of "start/end" in UTC, whole days and floating times as Berlin shows them.
import datetime
import json
import sys
import zoneinfo

import icalendar
import recurring_ical_events

FORM = "%Y%m%dT%H%M%S"
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


def in_utc(time):
    if not isinstance(time, datetime.datetime):
        time = datetime.datetime.combine(time, datetime.time())
    if time.tzinfo is None:
        time = time.replace(tzinfo=BERLIN)
    return time.astimezone(datetime.timezone.utc).strftime(FORM)


def day(text):
    return datetime.datetime.strptime(text, FORM).replace(tzinfo=datetime.timezone.utc)


for line in sys.stdin:
    one = json.loads(line)
    try:
        events = recurring_ical_events.of(icalendar.Calendar.from_ical(one["ics"])).between(day(one["from"]), day(one["to"]))
        found = [in_utc(event["DTSTART"].dt) + "/" + in_utc(event["DTEND"].dt) for event in events]
        print(json.dumps(sorted(found)))
    except Exception as error:
        print(json.dumps(str(error)))
