"""The channel layer in a broker: sends many messages in one go, and waits for the next without looking at a clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer, RedisSingleShardConnection
from redis.asyncio.client import PubSub


class PatientPubSub(PubSub):
    """Waits until there is a message. channels-redis looks up ten times a second, which no message needs."""

    async def get_message(self, ignore_subscribe_messages: bool = False, timeout: float | None = None) -> Any:
        return await super().get_message(ignore_subscribe_messages, timeout=None)


class PatientShard(RedisSingleShardConnection):  # type: ignore[misc]
    """Connections to one broker."""

    def _ensure_redis(self) -> None:
        if self._redis is None:
            super()._ensure_redis()
            redis: Any = self._redis
            self._pubsub = PatientPubSub(redis.connection_pool)


class PipelinedLayer(RedisPubSubChannelLayer):  # type: ignore[misc]
    """channels-redis's, with one answer to wait for in place of one for each message."""

    def _get_layer(self) -> Any:
        # As read in channels_redis 4.3.0, as what follows. There is one host, and one shard.
        layer = super()._get_layer()
        if not isinstance(layer._shards[0], PatientShard):
            layer._shards = [PatientShard(layer._shards[0].host, layer)]
        return layer

    async def group_send_all(self, messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Sends each message to its group, in order."""
        layer = self._get_layer()
        (shard,) = layer._shards
        async with shard._lock:
            shard._ensure_redis()
            pipeline = shard._redis.pipeline(transaction=False)
            for group, message in messages:
                pipeline.publish(layer._get_group_channel_name(group), self.serialize(message))
            await pipeline.execute()
