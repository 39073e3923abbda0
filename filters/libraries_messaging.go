package filters

// messageBrokers are clients of message brokers, servers that are embedded,
// and routers on top of them.
func messageBrokers() []Entry {
	return append(kafka(), embeddedBrokers()...)
}

func kafka() []Entry {
	const sarama, kafkaGo = "github.com/IBM/sarama", "github.com/segmentio/kafka-go"
	return []Entry{
		{
			ID: "sarama/producer", Module: sarama, Class: ClassMissingClose, Since: "v1.61.1",
			Match: Any(CreatedBy(sarama+".newAsyncProducer"), CreatedBy(sarama+".newSyncProducerFromAsyncProducer"),
				CreatedBy(sarama+".(*asyncProducer).newTopicProducer"),
				CreatedBy(sarama+".(*asyncProducer).newPartitionProducer"),
				CreatedBy(sarama+".(*asyncProducer).newBrokerProducer")),
			Why: "sorts messages by topic, partition and broker and sends them until the producer is closed",
			Source: "async_producer.go: newAsyncProducer, newBrokerProducer; sync_producer.go: " +
				"newSyncProducerFromAsyncProducer",
			Fix: "producer.Close()",
		}, {
			ID: "sarama/group", Module: sarama, Class: ClassMissingClose, Since: "v1.61.1",
			Match: Any(CreatedBy(sarama+".newConsumerGroupSession"), CreatedBy(sarama+".newConsumerGroupClaim"),
				CreatedBy(sarama+".(*consumerGroupSession).watchPartitionNumbers"),
				CreatedBy(sarama+".(*consumerGroupSession).managePartition"),
				CreatedBy(sarama+".(*consumerGroupSession).consume"),
				CreatedBy(sarama+".newOffsetManagerFromClient"),
				All(CreatedBy("sync.(*WaitGroup).Go"), AnyFunction(sarama+".(*consumerGroupSession).startClaim.func*"))),
			Why: "keeps a session of a consumer group, its claims and its offsets until the group is closed",
			Source: "consumer_group_session.go: newConsumerGroupSession, startClaim; offset_manager.go: " +
				"newOffsetManagerFromClient",
			Fix: "group.Close() on the ConsumerGroup, or cancel the context of Consume; offsets.Close() on an " +
				"OffsetManager",
		}, {
			ID: "sarama/consumer", Module: sarama, Class: ClassMissingClose, Since: "v1.61.1",
			Match:  Any(CreatedBy(sarama+".(*consumer).ConsumePartition"), CreatedBy(sarama+".(*consumer).newBrokerConsumer")),
			Why:    "fetches the messages of a partition until its PartitionConsumer is closed",
			Source: "consumer.go: ConsumePartition, newBrokerConsumer",
			Fix:    "partition.Close() on each PartitionConsumer, then consumer.Close()",
		}, {
			ID: "sarama/client", Module: sarama, Class: ClassMissingClose, Since: "v1.61.1",
			Match: Any(CreatedBy(sarama+".NewClient"), CreatedBy(sarama+".(*Broker).Open"),
				CreatedBy(sarama+".(*Broker).Open.func1")),
			Why:    "refreshes the metadata of a client, or reads the responses of a broker, until the client is closed",
			Source: "client.go: NewClient; broker.go: (*Broker).Open",
			Fix: "client.Close(), also for a producer or consumer that was made from the client; " +
				"producer.Close() or consumer.Close() for one that was made from addresses",
		}, {
			ID: "sarama/mock-broker", Module: sarama, Class: ClassMissingClose, Since: "v1.61.1",
			Match: Any(CreatedBy(sarama+".NewMockBrokerListener"), CreatedBy(sarama+".(*MockBroker).serverLoop"),
				CreatedBy(sarama+".(*MockBroker).handleRequests")),
			Why:    "accepts and answers the requests of a test's clients until the broker is closed",
			Source: "mockbroker.go: NewMockBrokerListener, serverLoop",
			Fix:    "broker.Close() on the MockBroker",
		}, {
			ID: "kafka-go/reader", Module: kafkaGo, Class: ClassMissingClose, Since: "v0.4.51",
			Match: Any(CreatedBy(kafkaGo+".(*Reader).start"), CreatedBy(kafkaGo+".(*Reader).activateReadLag"),
				CreatedBy(kafkaGo+".NewReader"), CreatedBy(kafkaGo+".NewConsumerGroup"),
				CreatedBy(kafkaGo+".(*Generation).Start")),
			Why:    "fetches messages, or keeps the membership of a consumer group, until the reader is closed",
			Source: "reader.go: NewReader, (*Reader).start; consumergroup.go: NewConsumerGroup, (*Generation).Start",
			Fix:    "reader.Close(), or group.Close() on a ConsumerGroup",
		}, {
			ID: "kafka-go/writer", Module: kafkaGo, Class: ClassMissingClose, Since: "v0.4.51",
			Match:  CreatedBy(kafkaGo + ".(*Writer).spawn"),
			Why:    "writes the batches of a partition until the writer is closed",
			Source: "writer.go: (*Writer).spawn",
			Fix:    "writer.Close()",
		}, {
			ID: "kafka-go/transport", Module: kafkaGo, Class: ClassMissingClose, Since: "v0.4.51",
			Match: Any(CreatedBy(kafkaGo+".(*Transport).grabPool"), CreatedBy(kafkaGo+".(*connGroup).connect"),
				CreatedBy(kafkaGo+".(*connGroup).grabConnOrConnect")),
			Why: "keeps the connections and the metadata of a Transport; a Writer or Client without one shares " +
				"DefaultTransport, " +
				"which their Close leaves open",
			Source: "transport.go: grabPool, connect",
			Fix: "transport.CloseIdleConnections(); for DefaultTransport " +
				"kafka.DefaultTransport.(*kafka.Transport).CloseIdleConnections()",
		},
	}
}

func embeddedBrokers() []Entry {
	const nats, watermill = "github.com/nats-io/nats-server/v2", "github.com/ThreeDotsLabs/watermill"
	return []Entry{
		{
			ID: "nats-server/server", Module: nats, Class: ClassMissingClose, Since: "v2.15.2",
			Match: Any(CreatedBy(nats+"/server.(*Server).startGoRoutine"),
				CreatedBy(nats+"/server.(*Server).AcceptLoop"),
				CreatedBy(nats+"/server.(*Server).setSystemAccount"),
				CreatedBy(nats+"/server.(*Server).initEventTracking"),
				CreatedBy(nats+"/server.(*Server).handleSignals"),
				CreatedBy(nats+"/server.(*Server).startMonitoring"),
				CreatedBy(nats+"/server.(*Server).StartProfiler"),
				CreatedBy(nats+"/server.(*Server).startWebsocketServer"),
				CreatedBy(nats+"/server.(*Server).startMQTT"),
				CreatedBy(nats+"/server.(*Server).startRouteAcceptLoop"),
				CreatedBy(nats+"/server.(*Server).startGatewayAcceptLoop"),
				CreatedBy(nats+"/server.(*Server).startLeafNodeAcceptLoop"),
				CreatedBy(nats+"/server.(*Account).addStreamWithAssignmentAndMode"),
				CreatedBy(nats+"/server.(*stream).setupSendCapabilities"),
				CreatedBy(nats+"/server.(*consumer).setLeader"),
				CreatedBy(nats+"/server.(*consumer).updateConfig"),
				CreatedBy(nats+"/server.newFileStoreWithCreatedAndMode"),
				CreatedBy(nats+"/server.(*fileStore).ConsumerStore"),
				CreatedBy(nats+"/server.(*msgBlock).spinUpFlushLoopLocked"),
				CreatedBy(nats+"/server.(*DirJWTStore).startExpiring"),
				CreatedBy(nats+"/server/ats.Register")),
			Why: "accepts and serves clients, and keeps streams on disk, until the server is shut down",
			Source: "server/server.go: startGoRoutine, AcceptLoop; server/stream.go: setupStore; " +
				"server/filestore.go: newFileStoreWithCreated",
			Fix: "server.Shutdown(), then server.WaitForShutdown()",
		}, {
			ID: "watermill/router", Module: watermill, Class: ClassMissingClose, Since: "v1.5.1",
			Match: Any(CreatedBy(watermill+"/message.(*Router).RunHandlers"), CreatedBy(watermill+"/message.(*Router).Run"),
				CreatedBy(watermill+"/message.(*Router).watchAllHandlersStopped"),
				CreatedBy(watermill+"/message.(*handler).run")),
			Why:    "runs the handlers of a router until it is closed",
			Source: "message/router.go: RunHandlers, watchAllHandlersStopped, (*handler).run",
			Fix:    "router.Close(), or cancel the context of Run",
		}, {
			ID: "watermill/subscriber", Module: watermill, Class: ClassMissingClose, Since: "v1.5.1",
			Match: Any(CreatedBy(watermill+"/pubsub/gochannel.(*GoChannel).Subscribe"),
				CreatedBy(watermill+"/pubsub/gochannel.(*GoChannel).Subscribe.func2"),
				CreatedBy(watermill+"/pubsub/gochannel.(*GoChannel).sendMessage"),
				CreatedBy(watermill+"/pubsub/gochannel.(*GoChannel).sendMessage.func1"),
				CreatedBy(watermill+"/message.(*messageTransformSubscriberDecorator).Subscribe"),
				CreatedBy(watermill+"/internal/subscriber.(*multiplier).Subscribe")),
			Why: "hands the messages of a topic to a subscription until its context or the Pub/Sub is closed, or " +
				"a message is acknowledged",
			Source: "pubsub/gochannel/pubsub.go: Subscribe, sendMessage; message/decorator.go: Subscribe",
			Fix:    "pubSub.Close(), or cancel the context of Subscribe; each message needs msg.Ack() or msg.Nack()",
		}, {
			ID: "watermill/deduplicator", Module: watermill, Class: ClassBenign, Since: "v1.5.1",
			Match:  CreatedBy(watermill + "/message/router/middleware.NewMapExpiringKeyRepository"),
			Why:    "forgets old keys of a deduplicator; its context is the background, and no call ends it",
			Source: "message/router/middleware/deduplicator.go: NewMapExpiringKeyRepository",
		}, {
			ID: "watermill/signals", Module: watermill, Class: ClassBenign, Since: "v1.5.1",
			Match:  CreatedBy(watermill + "/message/router/plugin.SignalsHandler"),
			Why:    "waits for a signal that closes a router; only a signal ends it",
			Source: "message/router/plugin/signals.go: SignalsHandler",
		},
	}
}
