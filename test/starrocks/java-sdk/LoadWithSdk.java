import com.starrocks.data.load.stream.StreamLoadDataFormat;
import com.starrocks.data.load.stream.StreamLoadSnapshot;
import com.starrocks.data.load.stream.properties.StreamLoadProperties;
import com.starrocks.data.load.stream.properties.StreamLoadTableProperties;
import com.starrocks.data.load.stream.v2.StreamLoadManagerV2;

/** Loads rows through StarRocks' SDK: java LoadWithSdk.java FE_HOST:PORT plain|transaction|two-phase ROWS [LZ4]. */
public class LoadWithSdk {
  public static void main(String[] args) {
    String fe = args[0];
    String mode = args[1];
    int rows = Integer.parseInt(args[2]);
    StreamLoadTableProperties.Builder table = StreamLoadTableProperties.builder()
        .database("d").table("t").uniqueKey("d-t")
        .streamLoadDataFormat(StreamLoadDataFormat.JSON);
    if (args.length > 3) table.addProperty("compression", args[3]);
    StreamLoadProperties.Builder builder = StreamLoadProperties.builder()
        .loadUrls(fe).jdbcUrl("jdbc:mysql://unused").username("root").password("secret").version("3.5.4")
        .defaultTableProperties(table.build())
        .expectDelayTime(1000).scanningFrequency(50).cacheMaxBytes(64L << 20).ioThreadCount(2)
        .connectTimeout(1000).waitForContinueTimeoutMs(3000)
        .addHeader("format", "json").addHeader("strip_outer_array", "true").addHeader("ignore_json_size", "true")
        .addHeader("timeout", "600");
    if (!mode.equals("plain")) builder.enableTransaction();
    boolean autoCommit = !mode.equals("two-phase");
    StreamLoadManagerV2 manager = new StreamLoadManagerV2(builder.build(), autoCommit);
    manager.init();
    for (int id = 0; id < rows; id++) {
      manager.write(null, "d", "t", "{\"id\":" + id + ",\"s\":\"row " + id + "\"}");
    }
    manager.flush();
    if (!autoCommit) {
      StreamLoadSnapshot snapshot = manager.snapshot();
      if (!manager.prepare(snapshot)) throw new IllegalStateException("prepare failed", manager.getException());
      if (!manager.commit(snapshot)) throw new IllegalStateException("commit failed", manager.getException());
    }
    manager.close();
    if (manager.getException() != null) throw new IllegalStateException(manager.getException());
    System.out.println("done");
    System.exit(0);
  }
}
