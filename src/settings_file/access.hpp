// The kinds of values that a key can have: for each, how it is read into a member, and how the
// member is written. A member may be optional: then it is written where it has a value.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/ip.hpp"
#include "base/join.hpp"
#include "base/time.hpp"
#include "settings_file/value.hpp"

namespace postern::settings_file {

/// How one key of a T is read and written. `read` answers with what is wrong ("must be true or
/// false"), or nothing; `write` gives the value as TOML, or nothing where there is none.
template <class T>
struct Access {
  std::function<std::string(const Value&, T&)> read;
  std::function<std::optional<std::string>(const T&)> write;
};

// --- single values: read_X answers with what is wrong, or nothing ---

std::string read_flag(const Value&, bool&);
std::string write_flag(bool);
/// Any text.
std::string read_text(const Value&, std::string&);
/// Text of one line, without NUL.
std::string read_line(const Value&, std::string&);
/// Text without white space around it, not empty; a TOML date is taken as its text.
std::string read_words(const Value&, std::string&);
std::string write_text(const std::string&);
/// A list of texts, or one text.
std::string read_texts(const Value&, std::vector<std::string>&);
std::string write_texts(const std::vector<std::string>&);
std::string read_number(const Value&, std::int64_t least, std::int64_t most, std::int64_t& into);
/// A domain in normal form.
std::string read_domain(const Value&, std::string&);
std::string read_domains(const Value&, std::vector<std::string>&);
/// Domains in normal form; one with a dot in front stands for those below it, and keeps the dot.
std::string normalise_pattern(std::string&);
std::string read_domain_patterns(const Value&, std::vector<std::string>&);
std::string read_prefixes(const Value&, std::vector<Prefix>&);
std::string write_prefixes(const std::vector<Prefix>&);
/// A TOML time, or text that parse_time() takes.
std::string read_moment(const Value&, UnixTime&);
std::string write_moment(UnixTime);
/// "250ms", "90s", "5m" or "2h".
std::string read_milliseconds(const Value&, std::int64_t& into);
std::string write_milliseconds(std::int64_t);
/// A number of octets, or "256K", "150M": powers of 1024.
std::string read_size(const Value&, std::size_t least, std::size_t most, std::size_t& into);
std::string write_size(std::size_t);

// --- members ---

template <class M>
struct Plain {
  using Type = M;
};
template <class M>
struct Plain<std::optional<M>> {
  using Type = M;
};
template <class M>
using plain_t = typename Plain<M>::Type;

/// A member that `read` (of a Value into it) and `write` (of it) know.
template <class T, class M, class Reader, class Writer>
Access<T> member(M T::*at, Reader read, Writer write) {
  return {[at, read](const Value& value, T& into) -> std::string {
            plain_t<M> taken{};
            std::string wrong = read(value, taken);
            if (wrong.empty()) into.*at = std::move(taken);
            return wrong;
          },
          [at, write](const T& from) -> std::optional<std::string> {
            if constexpr (std::is_same_v<M, plain_t<M>>) {
              return write(from.*at);
            } else {
              return from.*at ? std::optional(write(*(from.*at))) : std::nullopt;
            }
          }};
}

template <class T, class M>
Access<T> flag(M T::*at) {
  return member(at, read_flag, write_flag);
}
template <class T, class M>
Access<T> text(M T::*at) {
  return member(at, read_text, write_text);
}
template <class T>
Access<T> line(std::string T::*at) {
  return member(at, read_line, write_text);
}
template <class T>
Access<T> words(std::string T::*at) {
  return member(at, read_words, write_text);
}
template <class T, class M>
Access<T> texts(M T::*at) {
  return member(at, read_texts, write_texts);
}
template <class T>
Access<T> domain(std::string T::*at) {
  return member(at, read_domain, write_text);
}
template <class T, class M>
Access<T> domains(M T::*at) {
  return member(at, read_domains, write_texts);
}
template <class T, class M>
Access<T> domain_patterns(M T::*at) {
  return member(at, read_domain_patterns, write_texts);
}
template <class T, class M>
Access<T> prefixes(M T::*at) {
  return member(at, read_prefixes, write_prefixes);
}
template <class T, class M>
Access<T> moment(M T::*at) {
  return member(at, read_moment, write_moment);
}

template <class T, class M>
Access<T> number(M T::*at, std::int64_t least, std::int64_t most) {
  return member(
      at,
      [least, most](const Value& value, plain_t<M>& into) {
        std::int64_t read = 0;
        std::string wrong = read_number(value, least, most, read);
        into = static_cast<plain_t<M>>(read);
        return wrong;
      },
      [](plain_t<M> value) { return std::to_string(value); });
}

/// `names` must outlive the access: the texts that stand for the values of an enumeration.
template <class T, class M, class E, std::size_t N>
Access<T> choice(M T::*at, const std::array<std::pair<std::string_view, E>, N>& names) {
  return member(
      at,
      [&names](const Value& value, E& into) -> std::string {
        std::string known;
        for (const auto& [name, meaning] : names) {
          if (value.kind == Value::Kind::text && value.text == name) {
            into = meaning;
            return {};
          }
          append_item(known, toml_text(name));
        }
        return "must be one of " + known;
      },
      [&names](E value) {
        for (const auto& [name, meaning] : names) {
          if (meaning == value) return toml_text(name);
        }
        return std::string{};
      });
}

/// Whole ones of D, between `least` and `most`.
template <class T, class D>
Access<T> duration(D T::*at, std::chrono::milliseconds least, std::chrono::milliseconds most) {
  return member(
      at,
      [least, most](const Value& value, D& into) -> std::string {
        std::int64_t read = 0;
        if (std::string wrong = read_milliseconds(value, read); !wrong.empty()) return wrong;
        const std::chrono::milliseconds exact(read);
        if (exact < least || exact > most) {
          return "must be from " + write_milliseconds(least.count()) + " to " +
                 write_milliseconds(most.count());
        }
        into = std::chrono::duration_cast<D>(exact);
        return into == exact ? "" : "must be whole seconds";
      },
      [](D value) {
        return toml_text(write_milliseconds(
            std::chrono::duration_cast<std::chrono::milliseconds>(value).count()));
      });
}

template <class T>
Access<T> size(std::size_t T::*at, std::size_t least, std::size_t most) {
  return member(
      at,
      [least, most](const Value& value, std::size_t& into) {
        return read_size(value, least, most, into);
      },
      write_size);
}

/// A key of a part, as one of the whole.
template <class T, class Part>
Access<T> within(Part T::*part, Access<Part> inner) {
  return {[part, read = std::move(inner.read)](const Value& value, T& into) {
            return read(value, into.*part);
          },
          [part, write = std::move(inner.write)](const T& from) { return write(from.*part); }};
}

}  // namespace postern::settings_file
