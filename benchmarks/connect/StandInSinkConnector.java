package tributary.benchmarks;

import com.starrocks.data.load.stream.StreamLoadDataFormat;
import com.starrocks.data.load.stream.properties.StreamLoadProperties;
import com.starrocks.data.load.stream.properties.StreamLoadTableProperties;
import com.starrocks.data.load.stream.v2.StreamLoadManagerV2;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands for the StarRocks connector in a benchmark, because that one is not on Maven Central and StarRocks' load library,
 * which does most of its work, is. It reads the same keys and does with a row what the connector does, and nothing about
 * errors: there are none here.
 */
public class StandInSinkConnector extends SinkConnector {
  private Map<String, String> settings;

  @Override public void start(Map<String, String> given) { settings = given; }
  @Override public Class<? extends Task> taskClass() { return StandInSinkTask.class; }
  @Override public List<Map<String, String>> taskConfigs(int count) { return Collections.nCopies(count, settings); }
  @Override public void stop() {}
  @Override public ConfigDef config() { return new ConfigDef(); }
  @Override public String version() { return "1"; }

  public static class StandInSinkTask extends SinkTask {
    private static final Logger LOG = LoggerFactory.getLogger(StandInSinkTask.class);
    private static final String SINK_PROPERTIES = "sink.properties.";

    private final JsonConverter json = new JsonConverter();
    private final Map<String, String> tables = new HashMap<>();
    private String database;
    private long flushBytes;
    private long flushIntervalMs;
    private StreamLoadManagerV2 loads;
    private long bufferedBytes;
    private long flushedAtMs;

    @Override public void start(Map<String, String> settings) {
      json.configure(Map.of("schemas.enable", "false", "decimal.format", "NUMERIC"), false);
      for (String pair : settings.get("starrocks.topic2table.map").split(",")) {
        String[] topicAndTable = pair.split(":");
        tables.put(topicAndTable[0], topicAndTable[1]);
      }
      database = settings.get("starrocks.database.name");
      flushBytes = Long.parseLong(settings.get("bufferflush.maxbytes"));
      flushIntervalMs = Long.parseLong(settings.get("bufferflush.intervalms"));
      flushedAtMs = System.currentTimeMillis();
      loads = new StreamLoadManagerV2(properties(settings), true);
      loads.init();
    }

    /** What the connector sets and leaves no choice about: 2 loads at once, a look every 50 ms, transactions, no retries. */
    private StreamLoadProperties properties(Map<String, String> settings) {
      Map<String, String> headers = new HashMap<>(Map.of("format", "json"));
      settings.forEach((key, value) -> {
        if (key.startsWith(SINK_PROPERTIES)) headers.put(key.substring(SINK_PROPERTIES.length()), value);
      });
      StreamLoadTableProperties table = StreamLoadTableProperties.builder()
          .database(database)
          .table("*")
          .uniqueKey("*")
          .streamLoadDataFormat(StreamLoadDataFormat.JSON)
          .chunkLimit(3L << 30)
          .build();
      return StreamLoadProperties.builder()
          // Asked for, and not used.
          .jdbcUrl("jdbc:mysql://unused")
          .loadUrls(settings.get("starrocks.http.url").split(","))
          .username(settings.get("starrocks.username"))
          .password(settings.get("starrocks.password"))
          .version("3.5.0")
          .defaultTableProperties(table)
          .cacheMaxBytes(flushBytes)
          .expectDelayTime(flushIntervalMs)
          .connectTimeout(Integer.parseInt(settings.get("connect.timeoutms")))
          .waitForContinueTimeoutMs(3000)
          .ioThreadCount(2)
          .scanningFrequency(50)
          .enableTransaction()
          .addHeaders(headers)
          .build();
    }

    @Override public void put(Collection<SinkRecord> records) {
      for (SinkRecord record : records) {
        // The connector makes both texts whether they are logged or not.
        LOG.debug("record: " + record.toString());
        if (record.value() == null) continue;
        String row = new String(json.fromConnectData(record.topic(), record.valueSchema(), record.value()), StandardCharsets.UTF_8);
        LOG.debug("row: " + record.toString());
        loads.write(null, database, tables.get(record.topic()), row);
        bufferedBytes += row.length();
      }
    }

    @Override public Map<TopicPartition, OffsetAndMetadata> preCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
      long now = System.currentTimeMillis();
      if (bufferedBytes < flushBytes && now - flushedAtMs < flushIntervalMs) return Map.of();
      loads.flush();
      bufferedBytes = 0;
      flushedAtMs = now;
      return offsets;
    }

    @Override public void stop() { loads.close(); }
    @Override public String version() { return "1"; }
  }
}
