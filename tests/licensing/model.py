"""Licensing in plain Python, for one pool: what the database must do, without any of it."""

from dataclasses import dataclass, field


@dataclass
class Answer:
    """What was answered to a start; a license is the number of its first start."""

    activity: str
    license: int
    used_now: bool
    left: int


@dataclass
class Model:
    """One pool, and the people who draw on it, by name."""

    active: set[str]
    granted: int = 0
    overdraft: int = 0
    held: dict[str, int] = field(default_factory=dict)
    counts_as: dict[str, str] = field(default_factory=dict)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    made: int = 0
    released: set[int] = field(default_factory=set)

    def grant(self, amount: int) -> bool:
        """Whether it was entered."""
        if amount < 0 and self.granted + amount < len(self.held):
            return False
        self.granted += amount
        return True

    def allow(self, overdraft: int) -> bool:
        """Whether it became the limit."""
        if len(self.held) - self.granted > overdraft:
            return False
        self.overdraft = overdraft
        return True

    def start(self, person: str, key: str, activity: str) -> Answer | str:
        """The first answer to it, or why it is refused."""
        first = self.answers.get((person, key))
        if first is not None:
            return first if first.activity == activity else "key_reused"
        if person not in self.active:
            return "person_unknown"
        holder = self.counts_as.get(person, person)
        is_new = holder not in self.held
        if is_new:
            if len(self.held) >= self.granted + self.overdraft:
                return "none_left"
            self.made += 1
            self.held[holder] = self.made
        left = self.granted - len(self.held)
        answer = Answer(activity, self.held[holder], is_new, left)
        self.answers[person, key] = answer
        return answer

    def release(self, license_number: int) -> bool:
        """Whether it is given back, now or before."""
        if license_number in self.released:
            return True
        holder = next(name for name, held in self.held.items() if held == license_number)
        if holder in self.active:
            return False
        del self.held[holder]
        self.released.add(license_number)
        return True

    def merge(self, gone: str, stays: str) -> str:
        """Whom both count as."""
        gone, stays = self.counts_as.get(gone, gone), self.counts_as.get(stays, stays)
        if gone != stays:
            if gone in self.held:
                number = self.held.pop(gone)
                if stays in self.held:
                    self.released.add(number)
                else:
                    self.held[stays] = number
            for name, other in self.counts_as.items():
                if other == gone:
                    self.counts_as[name] = stays
            self.counts_as[gone] = stays
        return stays
