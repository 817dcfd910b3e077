import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.storage.SimpleHeaderConverter;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;

/**
 * What Kafka's and Debezium's own transforms make of records: reads a line of `{schemas}` and lines of `{id, config, records}`,
 * and writes for each of these a line `{id, results}` or `{id, configError}`. test/vectors/connect/README.md says how to run it.
 */
class ConnectTransforms {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var schemas = JSON.readTree(in.readLine()).get("schemas");
        String line;
        while ((line = in.readLine()) != null) {
            var vector = JSON.readTree(line);
            var result = JSON.createObjectNode();
            result.set("id", vector.get("id"));
            run(vector, schemas, result);
            out.println(JSON.writeValueAsString(result));
        }
    }

    private static void run(JsonNode vector, JsonNode schemas, ObjectNode result) {
        var config = new TreeMap<String, String>();
        vector.get("config").properties().forEach(entry -> config.put(entry.getKey(), entry.getValue().asText()));
        List<UnaryOperator<SinkRecord>> chain = new ArrayList<>();
        try {
            for (var alias : list(config.get("transforms"))) chain.add(stage("transforms." + alias + ".", config));
        } catch (Exception error) {
            result.set("configError", dump(error));
            return;
        }
        var keys = converter("key.converter.", config, true);
        var values = converter("value.converter.", config, false);
        var results = result.putArray("results");
        for (var input : vector.get("records")) {
            var record = record(input, schemas, keys, values);
            try {
                for (var stage : chain) if (record != null) record = stage.apply(record);
                var dumped = results.addObject();
                if (record == null) dumped.put("dropped", true);
                else dumped.set("record", dump(record));
            } catch (Exception error) {
                results.addObject().set("error", dump(error));
            }
        }
    }

    private static UnaryOperator<SinkRecord> stage(String prefix, Map<String, String> config) throws Exception {
        @SuppressWarnings("unchecked")
        var transform = (Transformation<SinkRecord>) create(config.get(prefix + "type"));
        var settings = settings(prefix, config);
        settings.keySet().removeAll(List.of("type", "predicate", "negate"));
        transform.config();
        transform.configure(settings);
        var alias = config.get(prefix + "predicate");
        if (alias == null) return transform::apply;
        @SuppressWarnings("unchecked")
        var predicate = (Predicate<SinkRecord>) create(config.get("predicates." + alias + ".type"));
        var predicateSettings = settings("predicates." + alias + ".", config);
        predicateSettings.remove("type");
        predicate.configure(predicateSettings);
        var negate = Boolean.parseBoolean(config.get(prefix + "negate"));
        return record -> predicate.test(record) != negate ? transform.apply(record) : record;
    }

    private static Object create(String className) throws Exception {
        return Class.forName(className).getDeclaredConstructor().newInstance();
    }

    private static List<String> list(String text) {
        return text == null ? List.of() : List.of(text.trim().split("\\s*,\\s*"));
    }

    private static Map<String, String> settings(String prefix, Map<String, String> config) {
        var settings = new HashMap<String, String>();
        config.forEach((key, value) -> {
            if (key.startsWith(prefix)) settings.put(key.substring(prefix.length()), value);
        });
        return settings;
    }

    private static JsonConverter converter(String prefix, Map<String, String> config, boolean isKey) {
        var converter = new JsonConverter();
        var settings = settings(prefix, config);
        // A null is a null until a transform makes something else of it.
        settings.putIfAbsent("replace.null.with.default", "false");
        converter.configure(settings, isKey);
        return converter;
    }

    private static SinkRecord record(JsonNode input, JsonNode schemas, JsonConverter keys, JsonConverter values) {
        var topic = input.path("topic").asText("t");
        var key = keys.toConnectData(topic, bytes(input.get("key"), schemas));
        var value = values.toConnectData(topic, bytes(input.get("value"), schemas));
        var headers = new ConnectHeaders();
        var headerConverter = new SimpleHeaderConverter();
        for (var header : input.path("headers")) {
            var name = header.get(0).asText();
            headers.add(name, headerConverter.toConnectHeader(topic, name, bytes(header.get(1), schemas)));
        }
        var timestamp = input.get("timestamp");
        return new SinkRecord(
                topic, input.path("partition").asInt(), key.schema(), key.value(), value.schema(), value.value(),
                input.path("offset").asLong(), timestamp == null || timestamp.isNull() ? null : timestamp.asLong(),
                TimestampType.CREATE_TIME, headers);
    }

    private static byte[] bytes(JsonNode input, JsonNode schemas) {
        if (input == null || input.isNull()) return null;
        if (input.has("b64")) return Base64.getDecoder().decode(input.get("b64").asText());
        // A schema that many records have is given by its name.
        if (input.path("json").path("schema").isTextual()) {
            var json = (ObjectNode) input.get("json");
            json.set("schema", schemas.get(json.get("schema").asText()));
        }
        var text = input.has("json") ? input.get("json").toString() : input.get("utf8").asText();
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ObjectNode dump(Exception error) {
        var dumped = JSON.createObjectNode().put("class", error.getClass().getName()).put("message", message(error));
        if (error.getCause() != null) dumped.put("cause", error.getCause().getClass().getName());
        return dumped;
    }

    /** Without the addresses of objects, which are others each time. */
    private static String message(Exception error) {
        return error.getMessage() == null ? null : error.getMessage().replaceAll("@[0-9a-f]+$", "");
    }

    private static ObjectNode dump(SinkRecord record) {
        var dumped = JSON.createObjectNode();
        dumped.put("topic", record.topic());
        dumped.set("keySchema", dump(record.keySchema()));
        dumped.set("key", dump(record.key()));
        dumped.set("valueSchema", dump(record.valueSchema()));
        dumped.set("value", dump(record.value()));
        var headers = dumped.putArray("headers");
        for (Header header : record.headers()) {
            var entry = headers.addObject().put("key", header.key());
            entry.set("schema", dump(header.schema()));
            entry.set("value", dump(header.value()));
        }
        return dumped;
    }

    private static JsonNode dump(Schema schema) {
        if (schema == null) return JSON.nullNode();
        var dumped = JSON.createObjectNode();
        dumped.put("type", schema.type().getName()).put("optional", schema.isOptional());
        if (schema.name() != null) dumped.put("name", schema.name());
        if (schema.version() != null) dumped.put("version", schema.version());
        if (schema.parameters() != null && !schema.parameters().isEmpty()) {
            var parameters = dumped.putObject("parameters");
            new TreeMap<>(schema.parameters()).forEach(parameters::put);
        }
        if (schema.defaultValue() != null) dumped.set("default", dump(schema.defaultValue()));
        switch (schema.type()) {
            case ARRAY -> dumped.set("items", dump(schema.valueSchema()));
            case MAP -> {
                dumped.set("keys", dump(schema.keySchema()));
                dumped.set("values", dump(schema.valueSchema()));
            }
            case STRUCT -> {
                var fields = dumped.putArray("fields");
                for (Field field : schema.fields()) {
                    fields.addObject().put("field", field.name()).set("schema", dump(field.schema()));
                }
            }
            default -> { }
        }
        return dumped;
    }

    private static JsonNode dump(Object value) {
        var dumped = JSON.createObjectNode();
        if (value == null) return JSON.nullNode();
        else if (value instanceof Boolean flag) dumped.put("boolean", flag);
        else if (value instanceof Byte) dumped.put("int8", value.toString());
        else if (value instanceof Short) dumped.put("int16", value.toString());
        else if (value instanceof Integer) dumped.put("int32", value.toString());
        else if (value instanceof Long) dumped.put("int64", value.toString());
        else if (value instanceof Float) dumped.put("float32", value.toString());
        else if (value instanceof Double) dumped.put("float64", value.toString());
        else if (value instanceof String text) dumped.put("string", text);
        else if (value instanceof byte[] bytes) dumped.put("bytes", Base64.getEncoder().encodeToString(bytes));
        else if (value instanceof ByteBuffer buffer) dumped.put("bytes", Base64.getEncoder().encodeToString(buffer.array()));
        else if (value instanceof BigDecimal decimal) dumped.put("decimal", decimal.unscaledValue() + "e-" + decimal.scale());
        else if (value instanceof java.util.Date date) dumped.put("date", String.valueOf(date.getTime()));
        else if (value instanceof List<?> list) {
            ArrayNode items = dumped.putArray("array");
            for (var item : list) items.add(dump(item));
        } else if (value instanceof Map<?, ?> map) {
            ArrayNode entries = dumped.putArray("map");
            map.entrySet().stream()
                    .map(entry -> JSON.createArrayNode().add(dump(entry.getKey())).add(dump(entry.getValue())))
                    .sorted((a, b) -> a.toString().compareTo(b.toString()))
                    .forEach(entries::add);
        } else if (value instanceof Struct struct) {
            ObjectNode fields = dumped.putObject("struct");
            for (Field field : struct.schema().fields()) fields.set(field.name(), dump(struct.getWithoutDefault(field.name())));
        } else throw new IllegalStateException("No dump for " + value.getClass());
        return dumped;
    }
}
