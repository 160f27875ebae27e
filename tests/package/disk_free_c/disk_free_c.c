// The check of ../disk_free in C11: how full the file system below `path` is, in percent, through
// chela.files/1.
#include <chela/abi/entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chela_instance {
  char path[256];
  double min_free_percent;
};

typedef struct buffer {
  chela_sink sink;
  size_t size;
  char text[1024];
} buffer;

static void put(const chela_sink* self, chela_str bytes) {
  buffer* to = (buffer*)(uintptr_t)self;
  const size_t room = sizeof to->text - 1 - to->size;
  const size_t size = bytes.size < room ? bytes.size : room;
  memcpy(to->text + to->size, bytes.data, size);
  to->size += size;
}

static chela_str text_of(const char* text) {
  return (chela_str){text, strlen(text)};
}

// What stands behind `"key":` in JSON as the host writes it, or NULL. A quote inside a JSON string
// has a backslash before it, so the key cannot be met there.
static const char* value_of(const char* json, const char* key) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\":", key);
  const char* found = strstr(json, quoted);
  return found == NULL ? NULL : found + strlen(quoted);
}

static double number_of(const char* json, const char* key) {
  const char* value = value_of(json, key);
  return value == NULL ? 0 : strtod(value, NULL);
}

static chela_status create(const chela_host* host, const chela_call* call, chela_str config,
                           chela_instance** out) {
  (void)host;
  buffer copy = {{sizeof(chela_sink), 0, put}, 0, {0}};
  put(&copy.sink, config);
  chela_instance* made = calloc(1, sizeof *made);
  if (made == NULL) return call->fail(call, CHELA_RESOURCE_EXHAUSTED, CHELA_STR("out of memory"));
  const char* path = value_of(copy.text, "path");
  if (path == NULL || sscanf(path, "\"%255[^\"\\]\"", made->path) != 1) {
    free(made);
    return call->fail(call, CHELA_INVALID_ARGUMENT,
                      CHELA_STR("path: wanted at most 255 bytes without \" and \\"));
  }
  made->min_free_percent = number_of(copy.text, "min_free_percent");
  *out = made;
  return CHELA_OK;
}

static void destroy(chela_instance* instance) {
  free(instance);
}

static chela_status run(chela_instance* self, const chela_call* call, chela_str request,
                        const chela_sink* report) {
  (void)request;
  const chela_files_v1* files = call->host->service(call->host, CHELA_STR(CHELA_SERVICE_FILES));
  if (!CHELA_HAS(files, chela_files_v1, disk_usage)) {
    return call->fail(call, CHELA_UNIMPLEMENTED,
                      CHELA_STR("this host does not offer " CHELA_SERVICE_FILES));
  }
  buffer disk = {{sizeof(chela_sink), 0, put}, 0, {0}};
  buffer error = disk;
  const chela_status status = files->disk_usage(call, text_of(self->path), &disk.sink, &error.sink);
  if (status != CHELA_OK) return call->fail(call, status, text_of(error.text));

  const double total = number_of(disk.text, "total_bytes");
  const double free_percent = total > 0 ? 100 * number_of(disk.text, "available_bytes") / total : 0;
  if (free_percent >= self->min_free_percent) {
    report->put(
        report,
        CHELA_STR("{\"schema\":\"chela.check.report/1\",\"status\":\"ok\",\"findings\":[]}"));
    return CHELA_OK;
  }
  char json[1200];
  snprintf(
      json, sizeof json,
      "{\"schema\":\"chela.check.report/1\",\"status\":\"warn\",\"findings\":[{\"key\":\"disk:%s\","
      "\"class\":\"condition\",\"severity\":\"warn\",\"title\":\"disk nearly full: %s\"}]}",
      self->path, self->path);
  report->put(report, text_of(json));
  return CHELA_OK;
}

static const chela_check_ops ops = {{sizeof(chela_check_ops), 0, create, destroy, NULL}, run};
CHELA_C_PLUGIN(CHELA_KIND_CHECK, ops);
