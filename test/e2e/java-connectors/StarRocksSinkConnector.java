package com.starrocks.connector.kafka;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

/** Stands for the Java connector in a real Kafka Connect: reads records, and drops them. */
public class StarRocksSinkConnector extends SinkConnector {
  private Map<String, String> settings;

  @Override public void start(Map<String, String> given) { settings = given; }
  @Override public Class<? extends Task> taskClass() { return StarRocksSinkTask.class; }
  @Override public List<Map<String, String>> taskConfigs(int count) { return Collections.nCopies(count, settings); }
  @Override public void stop() {}
  @Override public ConfigDef config() { return new ConfigDef(); }
  @Override public String version() { return "1.0.5"; }

  public static class StarRocksSinkTask extends SinkTask {
    @Override public void start(Map<String, String> given) {}
    @Override public void put(Collection<SinkRecord> records) {}
    @Override public void stop() {}
    @Override public String version() { return "1.0.5"; }
  }

  /** A connector of somebody else. */
  public static class OtherSinkConnector extends StarRocksSinkConnector {}
}
