// What a settings file holds, as values: its parts, and the keys of each. Reading, writing and the
// page of documentation follow from one Layout.
//
//   const Layout<Settings> layout{
//       "postern gate --keys describes the file",
//       {head<Settings>("At the head.", head_keys(), [](auto& s) -> auto& { return s; }),
//        tables<Settings>("route", "Where mail goes.", route_keys(),
//                         [](auto& s) -> auto& { return s.routes; })}};
//
// The tables of keys and names that a layout is made of must outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "settings_file/access.hpp"
#include "settings_file/value.hpp"

namespace postern::settings_file {

inline constexpr std::string_view required = "required";
/// What messages call the head of a file.
inline constexpr std::string_view the_file = "the file";

/// What people are told of a key.
struct KeyText {
  std::string_view name;
  std::string_view type;  ///< "true or false", "list of domains"
  /// `required`, a remark ("the system's"), or empty: the value of a T made by default.
  std::string_view default_value;
  std::string_view meaning;
  bool from_start = false;  ///< a running program keeps the value that it began with
};

/// Behind a key's access: what it says of KeyText::from_start.
enum class Counts : std::uint8_t { at_each_reading, from_start };

/// One key of a table that becomes a T.
template <class T>
struct Key : KeyText {
  Access<T> access;
  bool always_written = false;  ///< also where it is the default

  Key(std::string_view name_, std::string_view type_, std::string_view default_,
      std::string_view meaning_, Access<T> access_, bool always_written_ = false)
      : KeyText{name_, type_, default_, meaning_},
        access(std::move(access_)),
        always_written(always_written_ || default_ == required) {}
  Key(std::string_view name_, std::string_view type_, std::string_view default_,
      std::string_view meaning_, Access<T> access_, Counts counts_)
      : Key(name_, type_, default_, meaning_, std::move(access_)) {
    from_start = counts_ == Counts::from_start;
  }
};
template <class T>
using Keys = std::vector<Key<T>>;

/// How a part stands in the file: at its head, as [x], as [[x]], or as [x.NAME].
enum class Shape : std::uint8_t { head, table, tables, named };

struct PartText {
  std::string_view name;  ///< empty for the head
  Shape shape = Shape::head;
  std::string_view purpose;
};

/// Faults of one file, in its order.
using Faults = std::vector<Error>;

/// What is said of a key that no part has, instead of the usual; an empty `what`: nothing else.
using Stranger = Error (*)(std::string_view key);

/// What a layout knows of a file while it reads it. For the templates below.
struct Reading {
  std::string_view manual;
  Stranger stranger = nullptr;
  std::vector<std::string_view> others;  ///< names that may stand beside the head's keys
  Faults& faults;

  void fault(std::string what, Place where, std::string remedy) const;
  /// Reads one table; `take` is given the number of the key and its value, and says what is wrong.
  void table(const Table&, std::string_view part, const std::vector<KeyText>&,
             const std::function<std::string(std::size_t, const Value&)>& take) const;
};

/// Tells a value where it was read; a type without `where` has an overload of its own, in its
/// namespace.
template <class T>
void placed(T& into, const Place& where) {
  if constexpr (requires { into.where; }) into.where = where;
}

template <class T>
std::vector<KeyText> texts_of(const Keys<T>& keys) {
  return {keys.begin(), keys.end()};
}

template <class T>
void read_keys(const Reading& reading, const Table& table, std::string_view part,
               const Keys<T>& keys, T& into) {
  placed(into, table.where);
  reading.table(table, part, texts_of(keys), [&](std::size_t key, const Value& value) {
    return keys[key].access.read(value, into);
  });
}

/// "key = value" lines of what differs from the default.
template <class T>
std::string write_keys(const Keys<T>& keys, const T& from) {
  const T usual{};
  std::string out;
  for (const Key<T>& key : keys) {
    const auto value = key.access.write(from);
    if (!value || (!key.always_written && value == key.access.write(usual))) continue;
    out.append(key.name).append(" = ").append(*value).append("\n");
  }
  return out;
}

/// The keys that count from the start and have another value in `read` than in `running`.
template <class T>
std::vector<std::string_view> waiting_keys(const Keys<T>& keys, const T& running, const T& read) {
  std::vector<std::string_view> out;
  for (const Key<T>& key : keys) {
    if (key.from_start && key.access.write(running) != key.access.write(read)) {
      out.push_back(key.name);
    }
  }
  return out;
}

/// The default that people are told: the remark, else what a T made by default writes, else "none".
template <class T>
std::string default_of(const Key<T>& key) {
  if (!key.default_value.empty()) return std::string(key.default_value);
  const auto value = key.access.write(T{});
  return value && *value != "\"\"" ? *value : "none";
}

/// The rows of a table of keys in Markdown, with its heading.
std::string describe_rows(const std::vector<KeyText>&, const std::vector<std::string>& defaults);
template <class T>
std::string describe_keys(const Keys<T>& keys) {
  std::vector<std::string> defaults;
  for (const Key<T>& key : keys)
    defaults.push_back(default_of(key));
  return describe_rows(texts_of(keys), defaults);
}

/// In the order of the file.
void sort(Faults&);
/// The heading of a part and its purpose.
std::string title_of(const PartText&);
/// "threads", "[ledger] file".
std::string named_in(const PartText&, std::string_view key);

/// One part of a file that becomes a Root.
template <class Root>
struct Part {
  PartText text;
  std::function<void(const Reading&, const Value&, Root&)> read;
  std::function<std::string(const Root&)> write;
  std::function<std::string()> describe;
  /// waiting_keys(); not set where none can be told apart (a list of tables).
  std::function<std::vector<std::string_view>(const Root& running, const Root& read)> waiting;
};

/// A value that may be absent as a whole: made where it is not there.
template <class M>
M& made(M& value) {
  return value;
}
template <class M>
M& made(std::optional<M>& value) {
  return value ? *value : value.emplace();
}
template <class M>
const M* there(const M& value) {
  return &value;
}
template <class M>
const M* there(const std::optional<M>& value) {
  return value ? &*value : nullptr;
}

/// The head of the file. `at` gives the T in a Root, const or not.
template <class Root, class T, class At>
Part<Root> head(std::string_view purpose, const Keys<T>& keys, At at) {
  Part<Root> part;
  part.text = {"", Shape::head, purpose};
  part.read = [&keys, at](const Reading& reading, const Value& value, Root& root) {
    read_keys(reading, value.tables.front(), the_file, keys, at(root));
  };
  part.write = [&keys, at](const Root& root) { return write_keys(keys, at(root)); };
  part.describe = [&keys] { return describe_keys(keys); };
  part.waiting = [&keys, at](const Root& running, const Root& read) {
    return waiting_keys(keys, at(running), at(read));
  };
  return part;
}

/// [name]. `at` gives the T, or the std::optional<T>: then its absence is kept apart from defaults.
template <class Root, class T, class At>
Part<Root> table(std::string_view name, std::string_view purpose, const Keys<T>& keys, At at) {
  Part<Root> part;
  part.text = {name, Shape::table, purpose};
  part.read = [&keys, at, name](const Reading& reading, const Value& value, Root& root) {
    if (value.kind == Value::Kind::table) {
      read_keys(reading, value.tables.front(), name, keys, made(at(root)));
    } else {
      reading.fault("'" + std::string(name) + "' is not a table", value.where,
                    "write [" + std::string(name) + "]");
    }
  };
  part.write = [&keys, at, name](const Root& root) {
    const T* from = there(at(root));
    if (from == nullptr) return std::string{};
    const std::string lines = write_keys(keys, *from);
    const bool said = !lines.empty() || !std::is_same_v<std::decay_t<decltype(at(root))>, T>;
    return said ? "\n[" + std::string(name) + "]\n" + lines : std::string{};
  };
  part.describe = [&keys] { return describe_keys(keys); };
  part.waiting = [&keys, at](const Root& running, const Root& read) {
    const T usual{};
    const T* before = there(at(running));
    const T* after = there(at(read));
    return waiting_keys(keys, before == nullptr ? usual : *before,
                        after == nullptr ? usual : *after);
  };
  return part;
}

/// [[name]]. `at` gives the std::vector<T>, or an optional one.
template <class Root, class T, class At>
Part<Root> tables(std::string_view name, std::string_view purpose, const Keys<T>& keys, At at) {
  Part<Root> part;
  part.text = {name, Shape::tables, purpose};
  part.read = [&keys, at, name](const Reading& reading, const Value& value, Root& root) {
    const bool empty = value.kind == Value::Kind::list && value.list.empty();
    if (value.kind != Value::Kind::tables && !empty) {
      reading.fault("'" + std::string(name) + "' is not a list of tables", value.where,
                    "write [[" + std::string(name) + "]]");
      return;
    }
    std::vector<T>& list = made(at(root));
    for (const Table& each : value.tables)
      read_keys(reading, each, name, keys, list.emplace_back());
  };
  part.write = [&keys, at, name](const Root& root) {
    std::string out;
    if (const std::vector<T>* list = there(at(root))) {
      for (const T& each : *list)
        out += "\n[[" + std::string(name) + "]]\n" + write_keys(keys, each);
    }
    return out;
  };
  part.describe = [&keys] { return describe_keys(keys); };
  return part;
}

/// [name.NAME], each a T whose `name` is NAME; read only.
template <class Root, class T, class At>
Part<Root> named_tables(std::string_view name, std::string_view purpose, const Keys<T>& keys,
                        At at) {
  Part<Root> part;
  part.text = {name, Shape::named, purpose};
  part.read = [&keys, at, name](const Reading& reading, const Value& value, Root& root) {
    const std::string form = "write [" + std::string(name) + ".NAME]";
    if (value.kind != Value::Kind::table) {
      reading.fault("'" + std::string(name) + "' is not a table", value.where, form);
      return;
    }
    for (const Entry& entry : value.tables.front().entries) {
      const std::string full = std::string(name) + "." + entry.key;
      if (entry.value.kind != Value::Kind::table) {
        reading.fault("'" + full + "' is not a table", entry.value.where, form);
        continue;
      }
      T& into = at(root).emplace_back();
      into.name = entry.key;
      read_keys(reading, entry.value.tables.front(), full, keys, into);
    }
  };
  part.describe = [&keys] { return describe_keys(keys); };
  return part;
}

template <class Root>
struct Layout {
  /// The remedy where no other is known: "postern gate --keys lists the keys".
  std::string_view manual;
  std::vector<Part<Root>> parts;
  Stranger stranger = nullptr;

  /// Reads a parsed file into `root`; what is not there stays as it is. Faults: unknown keys,
  /// values of the wrong kind or out of range, keys that are missing.
  [[nodiscard]] Faults read(const Table& file, Root& root) const {
    Faults faults;
    Reading reading{manual, stranger, {}, faults};
    const Part<Root>* first = nullptr;
    for (const Part<Root>& part : parts) {
      if (part.text.shape == Shape::head) first = &part;
      if (part.text.shape != Shape::head) reading.others.push_back(part.text.name);
    }
    Value whole;
    whole.kind = Value::Kind::table;
    whole.tables.push_back({{}, file.where});
    for (const Entry& entry : file.entries) {
      const Part<Root>* part = part_named(entry.key);
      if (part == nullptr) whole.tables.front().entries.push_back(entry);
      if (part != nullptr) part->read(reading, entry.value, root);
    }
    if (first != nullptr) {
      first->read(reading, whole, root);
    } else {
      reading.table(whole.tables.front(), the_file, {}, {});
    }
    sort(faults);
    return faults;
  }

  /// The first fault alone.
  [[nodiscard]] Result<Root> parse(std::string_view text, const std::string& file) const {
    const auto table = settings_file::parse(text, file, manual);
    if (!table) return tl::unexpected(table.error());
    Root root{};
    const Faults faults = read(*table, root);
    if (!faults.empty()) return tl::unexpected(faults.front());
    return root;
  }

  /// The parts in their order; reading it back gives the same Root.
  [[nodiscard]] std::string write(const Root& root) const {
    std::string out;
    for (const Part<Root>& part : parts)
      out += part.write(root);
    return out;
  }

  /// The keys whose new value a program that runs with `running` does not take from `read`, as
  /// people name them: "threads", "[ledger] file".
  [[nodiscard]] std::vector<std::string> waiting(const Root& running, const Root& read) const {
    std::vector<std::string> out;
    for (const Part<Root>& part : parts) {
      if (!part.waiting) continue;
      for (const std::string_view key : part.waiting(running, read))
        out.push_back(named_in(part.text, key));
    }
    return out;
  }

  /// A section of Markdown for each part.
  [[nodiscard]] std::string describe() const {
    std::string out;
    for (const Part<Root>& part : parts)
      out += title_of(part.text) + part.describe();
    return out;
  }
  /// The table of keys of one part ("" is the head); empty where there is no such part.
  [[nodiscard]] std::string describe(std::string_view name) const {
    for (const Part<Root>& part : parts) {
      if (part.text.name == name) return part.describe();
    }
    return {};
  }

 private:
  const Part<Root>* part_named(std::string_view name) const {
    for (const Part<Root>& part : parts) {
      if (part.text.shape != Shape::head && part.text.name == name) return &part;
    }
    return nullptr;
  }
};

}  // namespace postern::settings_file
