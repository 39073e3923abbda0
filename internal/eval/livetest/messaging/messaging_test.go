// Package messaging checks the catalogue's entries for message brokers. Its
// tests look at all goroutines of the process, so none of them is parallel.
package messaging

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/ThreeDotsLabs/watermill/message/router/plugin"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"
	natsserver "github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/segmentio/kafka-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/eval/livetest/live"
)

const topic = "orders"

// broker is a Kafka broker in this process, with one partition of a topic.
func broker(t *testing.T) (address string, config *sarama.Config) {
	t.Helper()
	b := sarama.NewMockBroker(t, 1)
	t.Cleanup(b.Close)
	b.SetHandlerByMap(map[string]sarama.MockResponse{
		"ApiVersionsRequest": sarama.NewMockApiVersionsResponse(t),
		"MetadataRequest": sarama.NewMockMetadataResponse(t).SetBroker(b.Addr(), b.BrokerID()).
			SetController(b.BrokerID()).SetLeader(topic, 0, b.BrokerID()),
		"ProduceRequest": sarama.NewMockProduceResponse(t),
		"OffsetRequest": sarama.NewMockOffsetResponse(t).SetOffset(topic, 0, sarama.OffsetOldest, 0).
			SetOffset(topic, 0, sarama.OffsetNewest, 1),
		"FetchRequest": sarama.NewMockFetchResponse(t, 1),
		"FindCoordinatorRequest": sarama.NewMockFindCoordinatorResponse(t).
			SetCoordinator(sarama.CoordinatorGroup, "group", b),
		"JoinGroupRequest": sarama.NewMockJoinGroupResponse(t).SetGroupProtocol(sarama.RangeBalanceStrategyName),
		"SyncGroupRequest": sarama.NewMockSyncGroupResponse(t).SetMemberAssignment(&sarama.ConsumerGroupMemberAssignment{
			Topics: map[string][]int32{topic: {0}}}),
		"OffsetFetchRequest": sarama.NewMockOffsetFetchResponse(t).SetOffset("group", topic, 0, 0, "", sarama.ErrNoError),
		"HeartbeatRequest":   sarama.NewMockHeartbeatResponse(t),
		"LeaveGroupRequest":  sarama.NewMockLeaveGroupResponse(t),
	})
	config = sarama.NewConfig()
	config.ApiVersionsRequest = false // the broker says nothing of its features
	config.Producer.Return.Successes = true
	return b.Addr(), config
}

func TestSaramaProducer(t *testing.T) {
	address, config := broker(t)
	live.Check(t, "sarama/producer", func(t *testing.T) func() {
		producer, err := sarama.NewSyncProducer([]string{address}, config)
		require.NoError(t, err)
		_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("one")})
		require.NoError(t, err)
		return func() { assert.NoError(t, producer.Close()) }
	})
}

func TestSaramaMockBroker(t *testing.T) {
	live.Check(t, "sarama/mock-broker", func(t *testing.T) func() {
		b := sarama.NewMockBroker(t, 1)
		conn, err := net.Dial("tcp", b.Addr())
		require.NoError(t, err)
		return func() {
			conn.Close()
			b.Close()
		}
	})
}

func TestSaramaClient(t *testing.T) {
	address, config := broker(t)
	live.Check(t, "sarama/client", func(t *testing.T) func() {
		client, err := sarama.NewClient([]string{address}, config)
		require.NoError(t, err)
		return func() { assert.NoError(t, client.Close()) }
	})
}

func TestSaramaConsumer(t *testing.T) {
	address, config := broker(t)
	live.Check(t, "sarama/consumer", func(t *testing.T) func() {
		consumer, err := sarama.NewConsumer([]string{address}, config)
		require.NoError(t, err)
		partition, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
		require.NoError(t, err)
		return func() {
			assert.NoError(t, partition.Close())
			assert.NoError(t, consumer.Close())
		}
	})
}

// claims takes messages until its session ends.
type claims struct{}

func (claims) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (claims) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (claims) ConsumeClaim(s sarama.ConsumerGroupSession, _ sarama.ConsumerGroupClaim) error {
	<-s.Context().Done()
	return nil
}

func TestSaramaGroup(t *testing.T) {
	address, config := broker(t)
	live.Check(t, "sarama/group", func(t *testing.T) func() {
		group, err := sarama.NewConsumerGroup([]string{address}, "group", config)
		require.NoError(t, err)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for !errors.Is(group.Consume(context.Background(), []string{topic}, claims{}), sarama.ErrClosedConsumerGroup) {
			}
		}()
		return func() {
			assert.NoError(t, group.Close())
			<-done
		}
	})
}

// The reader finds no broker, and tries again until it is closed.
func TestKafkaGoReader(t *testing.T) {
	live.Check(t, "kafka-go/reader", func(t *testing.T) func() {
		reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{"127.0.0.1:1"}, Topic: topic})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := reader.FetchMessage(ctx)
		require.Error(t, err)
		group := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{"127.0.0.1:1"}, GroupID: "group", Topic: topic})
		return func() {
			assert.NoError(t, reader.Close())
			assert.NoError(t, group.Close())
		}
	})
}

func TestKafkaGoTransport(t *testing.T) {
	address, _ := broker(t)
	live.Check(t, "kafka-go/transport", func(t *testing.T) func() {
		client := &kafka.Client{Addr: kafka.TCP(address), Transport: &kafka.Transport{}}
		_, err := client.Metadata(t.Context(), &kafka.MetadataRequest{Topics: []string{topic}})
		require.NoError(t, err)
		return client.Transport.(*kafka.Transport).CloseIdleConnections
	})
}

func TestKafkaGoWriter(t *testing.T) {
	address, _ := broker(t)
	live.Check(t, "kafka-go/writer", func(t *testing.T) func() {
		transport := &kafka.Transport{}
		writer := &kafka.Writer{Addr: kafka.TCP(address), Topic: topic, Async: true, Transport: transport, MaxAttempts: 1}
		require.NoError(t, writer.WriteMessages(t.Context(), kafka.Message{Value: []byte("one")}))
		return func() {
			assert.NoError(t, writer.Close())
			transport.CloseIdleConnections()
		}
	})
}

func TestNATSServer(t *testing.T) {
	dir := t.TempDir()
	live.Check(t, "nats-server/server", func(t *testing.T) func() {
		options := &natsserver.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: dir, NoLog: true}
		server, err := natsserver.NewServer(options)
		require.NoError(t, err)
		server.Start()
		require.True(t, server.ReadyForConnections(10*time.Second))
		conn, err := natsgo.Connect("", natsgo.InProcessServer(server))
		require.NoError(t, err)
		js, err := conn.JetStream()
		require.NoError(t, err)
		_, err = js.AddStream(&natsgo.StreamConfig{Name: topic, Subjects: []string{topic}})
		require.NoError(t, err)
		_, err = js.Publish(topic, []byte("one"))
		require.NoError(t, err)
		return func() {
			conn.Close()
			server.Shutdown()
			server.WaitForShutdown()
		}
	})
}

func TestWatermillRouter(t *testing.T) {
	live.Check(t, "watermill/router", func(t *testing.T) func() {
		pubSub := gochannel.NewGoChannel(gochannel.Config{}, watermill.NopLogger{})
		router, err := message.NewRouter(message.RouterConfig{}, watermill.NopLogger{})
		require.NoError(t, err)
		router.AddConsumerHandler("orders", topic, pubSub, func(*message.Message) error { return nil })
		done := make(chan error, 1)
		go func() { done <- router.Run(context.Background()) }()
		<-router.Running()
		return func() {
			assert.NoError(t, router.Close())
			assert.NoError(t, <-done)
			assert.NoError(t, pubSub.Close())
		}
	})
}

func TestWatermillSubscriber(t *testing.T) {
	live.Check(t, "watermill/subscriber", func(t *testing.T) func() {
		pubSub := gochannel.NewGoChannel(gochannel.Config{}, watermill.NopLogger{})
		_, err := pubSub.Subscribe(context.Background(), topic)
		require.NoError(t, err)
		require.NoError(t, pubSub.Publish(topic, message.NewMessage("1", nil)))
		return func() { assert.NoError(t, pubSub.Close()) }
	})
}

func TestWatermillDeduplicator(t *testing.T) {
	live.Check(t, "watermill/deduplicator", func(t *testing.T) func() {
		_, err := middleware.NewMapExpiringKeyRepository(time.Minute)
		require.NoError(t, err)
		return nil
	})
}

func TestWatermillSignals(t *testing.T) {
	live.Check(t, "watermill/signals", func(t *testing.T) func() {
		router, err := message.NewRouter(message.RouterConfig{}, watermill.NopLogger{})
		require.NoError(t, err)
		require.NoError(t, plugin.SignalsHandler(router))
		return nil
	})
}
