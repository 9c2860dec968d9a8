"""The words that a draft is guessed from, in tables that anybody can read and add to.

What verbs say is told by `dsl/lint/wording.py`; here stands what is said beside it. A word here
makes a draft stricter, or says how a value is compared. Whether a tool is allowed rests on its
verb alone.
"""

from typing import Final


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What a tool does.
DESTROYING: Final = _listed(
    "delete remove drop erase destroy wipe purge overwrite reset revoke terminate kill uninstall "
    "clear truncate cancel ban discard prune"
)
RUNNING: Final = _listed(
    "run exec execute eval evaluate shell bash terminal command script sql deploy install invoke"
)
CODE: Final = _listed("command commands cmd script sql statement program expression shell")
PAYING: Final = _listed(
    "pay transfer wire remit withdraw refund reimburse donate tip buy purchase charge trade sell "
    "deposit invest swap bid checkout"
)
MONEY: Final = _listed(
    "money funds payment payments transaction transactions invoice salary wages stake cash coins "
    "crypto"
)
TELLING: Final = _listed(
    "send forward reply respond share invite notify mail email message text sms dial call tell "
    "publish post tweet comment announce broadcast"
)
# What a description begins with where a tool changes something after all.
CHANGES: Final = _listed(
    "delete remove drop erase destroy wipe purge overwrite update create modify write execute "
    "send pay transfer cancel revoke install uninstall deploy insert rename move upload publish "
    "submit buy purchase terminate kill reset merge push replace"
)

# Words that say, where no verb does, that a tool looks at something.
LOOKING: Final = _listed("diff blame whoami ping")

# What an argument is, by the last word of its name.
PATHS: Final = _listed(
    "path paths filepath filepaths file filename filenames folder folders directory directories dir"
)
ENDS: Final = _listed("source destination src dest from to target old new")  # of a file that moves
FILES: Final = _listed("file files directory directories folder folders path")
# Beside one of these, a path leads through something else than the disk here.
ELSEWHERE: Final = _listed("owner repo repository branch bucket drive site org project workspace")
ROOTS: Final = _listed("root base cwd workdir")
LINKS: Final = _listed("url urls uri href link webhook")
EMAILS: Final = _listed("email emails")
MAILED: Final = _listed("to cc bcc recipient recipients guests attendees invitees")
MAIL: Final = _listed("mail mails email emails")
AMOUNTS: Final = _listed("amount amounts sum total price value cost budget quantity")
# Words, and not the name of anything.
PROSE: Final = _listed(
    "reason comment comments message description body text content contents note notes subject "
    "title summary instructions query prompt"
)
KINDS: Final = {
    "iban": "iban",
    "phone": "phone",
    "mobile": "phone",
    "id": "id",
    "ids": "id",
    "uuid": "id",
    "host": "host",
    "hostname": "host",
    "date": "date",
}
FORMATS: Final = {
    "email": "email",
    "idn-email": "email",
    "uri": "url",
    "url": "url",
    "iri": "url",
    "hostname": "host",
    "date": "date",
    "uuid": "id",
}
# Which one of a few, and not the name of anything.
CHOICES: Final = _listed(
    "action type currency method mode status unit side category format language ticker"
)

# What a result holds that should not leave.
SECRETS: Final = _listed(
    "secret secrets password passwords passphrase credential credentials token tokens apikey "
    "apikeys vault keychain otp pin cvv"
)
PRIVATE: Final = _listed(
    "contact contacts customer customers patient patients employee employees passport ssn "
    "salary medical diagnosis birthday birthdate profile personal"
)
COUNTED: Final = _listed("count counts usage limit limits size supply price balance")
