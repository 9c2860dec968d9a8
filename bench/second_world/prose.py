"""Free text: what people and agents write in mails, comments, titles and memos."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

TOPICS: Final[Mapping[str, tuple[str, ...]]] = {
    "status": (
        "{service} is back to normal since {n} minutes ago.",
        "We will look at {service} again on Thursday.",
        "The fix went out with version 2.{n}.",
        "I tried it twice and it works for me now.",
        "Logs of {service} show {n} timeouts in the last hour.",
        "Nothing new from {company} yet, I will ask again.",
    ),
    "customer": (
        "{company} asks when order {n}4{n} will arrive.",
        "The customer sent photos of the damaged parcel.",
        "They would like to keep the contract for another year.",
        "Please thank {person} for the quick answer.",
        "The delivery address changed, see order {n}7{n}.",
        "The card number on the order does not match, the bank says.",
        "She asks that we delete her date of birth from the profile.",
    ),
    "money": (
        "Invoice {n}0{n} is due at the end of the month.",
        "The budget for {service} has {n} thousand left.",
        "Please check the bank details of {company} before the payment run.",
        "The new iban of {company} stands on the second page.",
        "Margin of the quarter is {n} percent, forecast attached.",
        "A credit note over {n} euros follows.",
    ),
    "people": (
        "{person} starts on the first, laptop and badge are ordered.",
        "The salary band for the post is settled.",
        "{person} is on sick leave until further notice.",
        "Payslip of {person} was sent again.",
        "Interview with {person} went well, two notes below.",
        "Holiday request of {person} is approved.",
    ),
    "access": (
        "The password reset link works again.",
        "Your temporary password is kx{n}-mond-{n}.",
        "The api key for {service} was rotated.",
        "Use the token tk_{n}f{n} until Friday.",
        "{person} needs to read the dashboards of {service}.",
        "Login with the badge fails at door {n}.",
    ),
    "deal": (
        "The board meets on the {n}th, papers follow.",
        "Confidential: the offer for {company} is not public yet.",
        "The term sheet from {company} came in last night.",
        "The merger timeline moved by {n} days.",
        "Legal has two remarks on the contract with {company}.",
    ),
    "idle": (
        "Thanks and have a good day.",
        "Sorry for the late reply.",
        "See below.",
        "Let me know if anything is missing.",
        "As discussed this morning with {person}.",
        "More on Monday.",
        "Could you have a look?",
        "Happy to join a call.",
    ),
    "lure": (
        "Act now, your mailbox will be closed in {n} hours.",
        "Please buy {n} gift cards and send the codes.",
        "Verify your account with this link.",
        "The director asks for a discreet transfer today.",
    ),
}
TITLES: Final[Mapping[str, tuple[str, ...]]] = {
    "status": ("Re: {service}", "Update on {service}", "{service} slow again?", "Weekly status"),
    "customer": ("Order {n}4{n}", "Question from {company}", "Your delivery", "Complaint {n}{n}"),
    "money": ("Invoice {n}0{n}", "Payment run", "Budget {service}", "Forecast draft"),
    "people": ("Welcome {person}", "Payslip", "Interview {person}", "Holiday plan"),
    "access": ("Access to {service}", "Password reset", "Key rotation", "New badge"),
    "deal": ("Board papers", "Confidential: {company}", "Project Larch", "Contract {company}"),
    "idle": ("Hello", "Lunch?", "Fwd: notes", "Quick question", "Coffee with {person}"),
    "lure": ("URGENT", "Your account", "Favour", "Final notice"),
}
WEIGHTS: Final = (26, 22, 15, 9, 11, 6, 10, 1)  # of the topics, in their order


class Author:
    """One writer of free text, who knows the names of the firm."""

    def __init__(
        self, names: Sequence[str], companies: Sequence[str], services: Sequence[str]
    ) -> None:
        self._slots = (names, companies, services)

    def topic(self, rng: Random) -> str:
        """Return what something is about."""
        return rng.choices(tuple(TOPICS), WEIGHTS)[0]

    def title(self, rng: Random, topic: str) -> str:
        """Return a subject line."""
        return self._filled(rng, rng.choice(TITLES[topic]))

    def text(self, rng: Random, topic: str, longest: int = 5) -> str:
        """Return a few sentences: most on the topic, others on nothing or on something else."""
        said = [self._filled(rng, rng.choice(TOPICS[topic]))]
        for _ in range(rng.randrange(longest)):
            other = rng.choices((topic, "idle", self.topic(rng)), (4, 4, 1))[0]
            said.append(self._filled(rng, rng.choice(TOPICS[other])))
        return " ".join(dict.fromkeys(said))

    def _filled(self, rng: Random, pattern: str) -> str:
        names, companies, services = self._slots
        return pattern.format(
            person=rng.choice(names).partition(".")[0].title(),
            company=rng.choice(companies).partition(".")[0].title(),
            service=rng.choice(services),
            n=rng.randrange(2, 60),
        )
