# Reads rules as JSON lines {"start", "rule", "from", "to", "most"} and prints for each what python3-dateutil makes of
# it: a JSON list of starts, or null where it takes longer than 0.2 s of work or refuses the rule.
import datetime
import json
import signal
import sys

import dateutil.rrule

FORM = "%Y%m%dT%H%M%S"


# dateutil looks for a rule's next start up to this year; without a nearer end, a rule that has none takes minutes.
class NearEnd:
    MAXYEAR = datetime.MAXYEAR

    def __getattr__(self, name):
        return getattr(datetime, name)


class TooSlow(Exception):
    pass


def give_up(*_):
    raise TooSlow()


def time_of(text):
    return datetime.datetime.strptime(text, FORM)


def starts(one):
    begin, end = time_of(one["from"]), time_of(one["to"])
    near_end.MAXYEAR = end.year + 1
    found = []
    for start in dateutil.rrule.rrulestr(one["rule"], dtstart=time_of(one["start"])):
        if start >= end or len(found) >= one["most"]:
            break
        if start >= begin:
            found.append(start.strftime(FORM))
    return found


near_end = NearEnd()
dateutil.rrule.datetime = near_end
signal.signal(signal.SIGVTALRM, give_up)
for line in sys.stdin:
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.2)
    try:
        print(json.dumps(starts(json.loads(line))))
    except (TooSlow, ValueError):
        print("null")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
