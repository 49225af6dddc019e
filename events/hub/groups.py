"""Groups of the channel layer: those of the accounts whose clients are here, and of the shards that these follow.

Which accounts are split the publishers decide, each by itself, and say so in their ticks (decision 114).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from accounts.wire.notices import Stream
from events.clients.account import Account
from events.hub.channel import Message
from events.hub.ear import Ear


class Groups:
    """Joins and leaves groups, one thing at a time on each layer."""

    def __init__(self, accounts: Mapping[int, Account], ear_of: Callable[[int], Ear]) -> None:
        """`accounts`: those that are here, as they come and go."""
        self._accounts = accounts
        self._ear_of = ear_of
        self._split: set[int] = set()

    def hear_tick(self, message: Message) -> None:
        """Notes which accounts are split, be they here or not yet."""
        self._split.update(account_id for account_id, *_ in message.get("shards", ()))

    async def join(self, account_id: int) -> bool:
        """Joins what is still to be joined for an account; whether the layer can be reached, as far as known."""
        account = self._accounts.get(account_id)
        if account is None:
            return True
        shards = (account.followed_shards | account.joined.keys()) - {None} if account_id in self._split else ()
        return await self._join(account_id, (None, *shards))

    async def join_all(self, account_ids: Iterable[int]) -> None:
        for account_id in account_ids:
            if not await self.join(account_id):
                return  # the others would wait for the layer one by one, and the beat with them

    async def join_shards(self, account: Account, shards: Collection[int]) -> bool:
        """Joins the groups of shards if the account is split; whether any had still to be joined."""
        name = self._ear_of(account.account_id).channel.name
        missing = [shard for shard in shards if account.joined.get(shard) != name]
        if account.account_id not in self._split or not missing:
            return False
        await self._join(account.account_id, missing)
        return True

    async def _join(self, account_id: int, shards: Iterable[int | None]) -> bool:
        ear = self._ear_of(account_id)
        async with ear.joining:
            account, name = self._accounts.get(account_id), ear.channel.name
            if account is None or name is None:
                return True  # without a channel yet, its opening joins for all
            for shard in shards:
                if account.joined.get(shard) == name:
                    continue
                if not await ear.channel.join(Stream(account_id, shard).group):
                    return False  # the beat tries again, and the silence makes the hub read the database
                account.joined[shard] = name
            return True

    async def leave(self, account: Account) -> None:
        """Leaves all groups of an account. To be called while nothing is joined on its layer."""
        await self._leave(account, tuple(account.joined))

    async def leave_idle_shards(self, account: Account) -> None:
        """Leaves the groups of shards that nobody here wants any more."""
        if not account.is_in_idle_shards:
            return
        async with self._ear_of(account.account_id).joining:
            # A command may read the database since, and follow what it finds.
            if account.is_in_idle_shards:
                await self._leave(account, account.joined.keys() - {None, *account.wanted_shards})

    async def _leave(self, account: Account, shards: Iterable[int | None]) -> None:
        channel = self._ear_of(account.account_id).channel
        # All at once: whoever looks meanwhile is to find that they have to be joined anew.
        left = {shard: account.joined.pop(shard) for shard in tuple(shards)}
        for shard, name in left.items():
            if name == channel.name:
                await channel.leave(Stream(account.account_id, shard).group)
