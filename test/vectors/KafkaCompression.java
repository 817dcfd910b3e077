import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.Base64;
import java.util.TreeMap;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

/**
 * Prints kafka-compression.json: texts as Kafka's Java producers compress them. Run with the broker's jars:
 * java -cp '.cache/jars/HASH/*' test/vectors/KafkaCompression.java > test/vectors/kafka-compression.json
 */
class KafkaCompression {
    public static void main(String[] args) throws Exception {
        var texts = new TreeMap<String, String>();
        texts.put("empty", "");
        texts.put("short", "Kafka \u00fc");
        // More than two of snappy's blocks of 32 KiB, and more than one of lz4's of 64 KiB.
        texts.put("long", "0123456789abcdef".repeat(5000));
        var lines = new java.util.ArrayList<String>();
        for (var type : new CompressionType[] {CompressionType.SNAPPY, CompressionType.LZ4, CompressionType.ZSTD}) {
            for (var text : texts.entrySet()) {
                var buffer = new ByteBufferOutputStream(512);
                try (OutputStream out = Compression.of(type).build().wrapForOutput(buffer, (byte) 2)) {
                    out.write(text.getValue().getBytes("UTF-8"));
                }
                var bytes = new byte[buffer.position()];
                buffer.buffer().flip();
                buffer.buffer().get(bytes);
                lines.add("  \"" + type.name + " " + text.getKey() + "\": \"" + Base64.getEncoder().encodeToString(bytes) + "\"");
            }
        }
        System.out.println("{\n" + String.join(",\n", lines) + "\n}");
    }
}
