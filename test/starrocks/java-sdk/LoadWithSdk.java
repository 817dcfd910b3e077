import com.starrocks.data.load.stream.StreamLoadDataFormat;
import com.starrocks.data.load.stream.StreamLoadSnapshot;
import com.starrocks.data.load.stream.properties.StreamLoadProperties;
import com.starrocks.data.load.stream.properties.StreamLoadTableProperties;
import com.starrocks.data.load.stream.v2.StreamLoadManagerV2;

/**
 * Loads rows through StarRocks' SDK, each time into a table of its own:
 * java LoadWithSdk.java FE_HOST:PORT ROWS TABLE,plain|transaction|two-phase[,COMPRESSION]...
 */
public class LoadWithSdk {
  public static void main(String[] args) {
    for (int i = 2; i < args.length; i++) {
      String[] way = args[i].split(",");
      load(args[0], Integer.parseInt(args[1]), way[0], way[1], way.length > 2 ? way[2] : null);
    }
    System.out.println("done");
    System.exit(0);
  }

  private static void load(String fe, int rows, String table, String mode, String compression) {
    StreamLoadTableProperties.Builder target = StreamLoadTableProperties.builder()
        .database("d").table(table).uniqueKey("d-" + table)
        .streamLoadDataFormat(StreamLoadDataFormat.JSON);
    if (compression != null) target.addProperty("compression", compression);
    StreamLoadProperties.Builder builder = StreamLoadProperties.builder()
        .loadUrls(fe).jdbcUrl("jdbc:mysql://unused").username("root").password("secret").version("3.5.4")
        .defaultTableProperties(target.build())
        .expectDelayTime(1000).scanningFrequency(50).cacheMaxBytes(64L << 20).ioThreadCount(2)
        .connectTimeout(1000).waitForContinueTimeoutMs(3000)
        .addHeader("format", "json").addHeader("strip_outer_array", "true").addHeader("ignore_json_size", "true")
        .addHeader("timeout", "600");
    if (!mode.equals("plain")) builder.enableTransaction();
    boolean autoCommit = !mode.equals("two-phase");
    StreamLoadManagerV2 manager = new StreamLoadManagerV2(builder.build(), autoCommit);
    manager.init();
    for (int id = 0; id < rows; id++) {
      manager.write(null, "d", table, "{\"id\":" + id + ",\"s\":\"row " + id + "\"}");
    }
    manager.flush();
    if (!autoCommit) {
      StreamLoadSnapshot snapshot = manager.snapshot();
      if (!manager.prepare(snapshot)) throw new IllegalStateException("prepare failed", manager.getException());
      if (!manager.commit(snapshot)) throw new IllegalStateException("commit failed", manager.getException());
    }
    manager.close();
    if (manager.getException() != null) throw new IllegalStateException(manager.getException());
  }
}
