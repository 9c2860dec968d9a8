"""Words that say little when they are met again: a sentence holds them for other reasons.

The list is part of what a decision means, so it has a version; whoever changes it raises that.
"""

from typing import Final

VERSION: Final = 1


def listed(text: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(text.split())


_GRAMMAR: Final = """
a about above after again against ago all almost along already also although always am among an
and another any anybody anyone anything anywhere are aren't around as at away back be because been
before behind being below between both but by can can't cannot could couldn't did didn't do does
doesn't doing don't done down during each either else enough even ever every everybody everyone
everything everywhere except few for from further had has hasn't have haven't having he her here
hers herself hi him himself his how however i if in inside instead into is isn't it it's its
itself just least less let like many may maybe me might mine more most much must my myself near
neither never next no nobody none nor not nothing now nowhere of off often on once one only onto
or other others our ours ourselves out outside over own per perhaps please quite rather same
several shall she should since so some somebody someone something sometimes somewhere soon still
such than thank thanks that the their theirs them themselves then there these they thing things
this those though through thus till to today together tomorrow tonight too toward under until
unless up upon us use very via was wasn't we well were what whatever when where whether which
whichever while who whoever whole whom whose why will with within without won't would yes
yesterday yet you your yours yourself
"""
_NUMBERS: Final = """
zero one two three four five six seven eight nine ten eleven twelve hundred thousand million half
first second third fourth fifth last single double once twice
"""
_VERBS: Final = """
accept access act add agree allow answer apply approve arrange ask attach become begin believe
book bring build buy call cancel change check choose clean clear close come complete confirm
contact contain continue copy cost count create cut decide delete deliver describe do download
draft drop edit email ensure enter exist expect explain export fetch file fill find finish fix
follow forget forward gave get give given go going gone got handle happen hear help hold import
include inform install invite join keep know learn leave left list listen live load log look lose
made mail make manage mark meet mention message move name need note notify offer open order pay
pick place plan play post prepare print process provide publish pull push put react read receive
recommend record refund remind remove rename repeat replace reply report request reserve reset
respond restart retrieve return review run said save say schedule search see seem seen select send
sent set share show sign sort start stay stop store submit suggest summarise summarize support
take talk tell test think took transfer translate try turn update upload used visit wait want
watch went work write
"""
_NOUNS: Final = """
account action address afternoon agent amount app appointment assistant attachment author body
calendar card case category channel chat code comment content copy customer data date day days
description desk detail details document documents draft email emails employee end error event
events evening example file files folder form format friend friends group guest home hour hours id
idea image inbox info information instruction instructions issue item items job key kind label
language letter level limit line link links lists location mail main manager meeting member
members memo message messages mind minute minutes money month months morning news night note notes
notice notification number numbers object office option options owner page part participant
partner people person phone place plans point policy position price priority problem profile
project public question rating reason recipient record records reminder reservation result results
room rule rules schedule section sender service session setting settings size source space staff
state statement status step street subject system table tag target task tasks team teams text
ticket tickets time times title todo token tool tools topic total type unit url user users value
version view way week weeks word words world year years
"""
_QUALITIES: Final = """
able active actual available bad best better big certain cheap clear closed common complete
correct current different difficult direct early easy empty entire exact extra false fast final
fine free full general good great happy hard high important internal kind large late later latest
likely little local long low main missing much necessary new nice normal official ok okay old open
original overall own past personal possible private public quick ready real recent regular
relevant right short similar simple slow small special specific standard sure true unknown
upcoming urgent useful usual valid various weekly daily monthly wrong young
"""

WORDS: Final = listed(f"{_GRAMMAR} {_NUMBERS} {_VERBS} {_NOUNS} {_QUALITIES}")

# Of these there are hosts: `do.it` may be one, `done.Then` may not.
_TOP_LEVELS: Final = listed(
    "ac ad am as at be best bid box business by call case chat city cloud company contact country "
    "deal direct do email events family fast fit free game guide help here hotel house how id in "
    "info is it join kind land limit live lol love me menu ml mobile my name near network new "
    "news no now office one open page pay photo pics place plan play plus post pub read rent "
    "report rest review room run sale save school search security services show site so space "
    "store style support team tel tickets to today tools top trade travel us watch web website "
    "work world you zero zip"
)
GLUED: Final = WORDS - _TOP_LEVELS
