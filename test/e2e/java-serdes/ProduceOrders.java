import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.util.JsonFormat;
import io.apicurio.registry.resolver.ParsedSchema;
import io.apicurio.registry.serde.avro.AvroKafkaSerializer;
import io.apicurio.registry.serde.jsonschema.JsonSchemaKafkaSerializer;
import io.apicurio.registry.serde.protobuf.ProtobufKafkaSerializer;
import io.apicurio.registry.utils.protobuf.schema.FileDescriptorUtils;
import io.apicurio.registry.utils.protobuf.schema.ProtobufSchema;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Produces orders with Apicurio's serializers:
 * java ProduceOrders.java BROKERS REGISTRY TOPIC avro|protobuf|json SCHEMA ROWS.
 * ROWS is a JSON array of objects in which every number but a zip code is a string.
 */
public class ProduceOrders {
  private static final ObjectMapper JSON = new ObjectMapper();

  private interface Write {
    Object value(JsonNode row) throws Exception;
  }

  public static void main(String[] args) throws Exception {
    String topic = args[2];
    Path schema = Path.of(args[4]);
    Class<?> serializer;
    Write write;
    switch (args[3]) {
      case "avro" -> {
        serializer = AvroKafkaSerializer.class;
        write = avro(Files.readString(schema));
      }
      case "protobuf" -> {
        serializer = ConfluentFramedProtobuf.class;
        write = protobuf(Files.readString(schema));
      }
      case "json" -> {
        serializer = JsonSchemaKafkaSerializer.class;
        write = ProduceOrders::json;
      }
      default -> throw new IllegalArgumentException("no format " + args[3]);
    }
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", args[0],
        "max.block.ms", "20000",
        "key.serializer", StringSerializer.class,
        "value.serializer", serializer,
        "apicurio.registry.url", args[1],
        "apicurio.registry.auto-register", "true",
        // Confluent's wire format: before the value a zero and four bytes of id, the one that Confluent's API knows.
        "apicurio.registry.headers.enabled", "false",
        "apicurio.registry.as-confluent", "true",
        "apicurio.registry.use-id", "contentId",
        // Of these serializers only JSON Schema's can't tell the schema from the data. It looks on the class path.
        "apicurio.registry.artifact.schema.location", schema.getFileName().toString());
    try (KafkaProducer<String, Object> producer = new KafkaProducer<>(settings)) {
      for (JsonNode row : JSON.readTree(args[5])) {
        producer.send(new ProducerRecord<>(topic, row.get("id").textValue(), write.value(row))).get();
      }
    }
    System.out.println("done");
  }

  private static Write avro(String text) {
    Schema schema = new Schema.Parser().parse(text);
    // Avro's own writing of the logical types.
    GenericData data = GenericData.get();
    data.addLogicalTypeConversion(new Conversions.DecimalConversion());
    data.addLogicalTypeConversion(new TimeConversions.DateConversion());
    data.addLogicalTypeConversion(new TimeConversions.TimestampMicrosConversion());
    return row -> {
      GenericRecord order = new GenericData.Record(schema);
      order.put("id", Long.parseLong(row.get("id").textValue()));
      order.put("name", row.get("name").textValue());
      order.put("note", row.get("note").textValue());
      order.put("amount", new BigDecimal(row.get("amount").textValue()));
      order.put("day", LocalDate.parse(row.get("day").textValue()));
      order.put("at", Instant.parse(instant(row)));
      JsonNode buyer = row.get("buyer");
      if (!buyer.isNull()) {
        GenericRecord record = new GenericData.Record(schema.getField("buyer").schema().getTypes().get(1));
        record.put("name", buyer.get("name").textValue());
        record.put("zip", buyer.get("zip").isNull() ? null : buyer.get("zip").intValue());
        order.put("buyer", record);
      }
      List<String> tags = new ArrayList<>();
      row.get("tags").forEach(tag -> tags.add(tag.textValue()));
      order.put("tags", tags);
      return order;
    };
  }

  private static Write protobuf(String text) throws Exception {
    Descriptor type = FileDescriptorUtils.protoFileToFileDescriptor(text, "order.proto", Optional.of("shop"))
        .findMessageTypeByName("Order");
    return row -> {
      ObjectNode order = row.deepCopy();
      order.put("at", instant(row));
      DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
      JsonFormat.parser().merge(order.toString(), message);
      return message.build();
    };
  }

  private static Object json(JsonNode row) {
    ObjectNode order = row.deepCopy();
    return order.put("id", Long.parseLong(row.get("id").textValue()));
  }

  private static String instant(JsonNode row) {
    return row.get("at").textValue().replace(' ', 'T') + "Z";
  }

  /**
   * Between the schema's id and the message Apicurio writes the message's name, Confluent the message's indexes: a zero
   * for the first of its file. Everything else is Apicurio's: the registration, the id, the message.
   */
  public static class ConfluentFramedProtobuf extends ProtobufKafkaSerializer<DynamicMessage> {
    @Override
    protected void serializeData(
        Headers headers, ParsedSchema<ProtobufSchema> schema, DynamicMessage message, OutputStream out)
        throws IOException {
      serializeData(schema, message, out);
    }

    @Override
    protected void serializeData(ParsedSchema<ProtobufSchema> schema, DynamicMessage message, OutputStream out)
        throws IOException {
      out.write(0);
      message.writeTo(out);
    }
  }
}
