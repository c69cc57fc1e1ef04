#include "impact/testing/expectations.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace postern::impact::testing {
namespace {

using Words = std::vector<std::string>;

bool any_holds(const std::vector<std::string>& texts, std::string_view part) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

std::string lines(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts)
    out += "\n  " + text;
  return out.empty() ? " none" : out;
}

std::uint64_t of(const ResultCounts& counts, std::string_view name) {
  return name == "pass"   ? counts[static_cast<std::size_t>(evidence::AuthResult::pass)]
         : name == "fail" ? counts[static_cast<std::size_t>(evidence::AuthResult::fail)]
                          : 0;
}

// Holds one case against its report.
class Checker {
 public:
  explicit Checker(const EvidenceCase& given) : report_(given.report()) {
    if (report_.senders.size() == 1) sender_ = &report_.senders.front();
  }

  void check(const Words& words) {
    Words rest = words;
    const bool never = rest.front() == "no";
    if (never) rest.erase(rest.begin());
    const std::string key = rest.front();
    rest.erase(rest.begin());
    static const std::map<std::string_view, void (Checker::*)(const Words&, bool)> checks = {
        {"sender", &Checker::sender},
        {"senders", &Checker::senders},
        {"because", &Checker::because},
        {"but", &Checker::but},
        {"sign", &Checker::sign},
        {"as", &Checker::as},
        {"ids", &Checker::ids},
        {"compauth", &Checker::compauth},
        {"recipients", &Checker::recipients},
        {"senders_as", &Checker::senders_as},
        {"status", &Checker::status},
        {"says", &Checker::says},
        {"fact", &Checker::fact},
        {"remedy", &Checker::remedy},
        {"risk", &Checker::risk},
        {"command", &Checker::command},
        {"remark", &Checker::remark}};
    const auto place = checks.find(key);
    ASSERT_NE(place, checks.end()) << "unknown word '" << key << "'";
    const bool of_all =
        key == "sender" || key == "senders" || key == "remark" || key == "status" || key == "says";
    if (!of_all) {
      ASSERT_NE(sender_, nullptr) << "which sender? there are " << report_.senders.size();
    }
    ASSERT_TRUE(!rest.empty()) << "nothing after '" << key << "'";
    (this->*place->second)(rest, never);
  }

 private:
  void sender(const Words& words, bool /*never*/) {
    if (words.front() != "*") {
      const auto place =
          std::find_if(report_.senders.begin(), report_.senders.end(),
                       [&](const Sender& each) { return each.name == words.front(); });
      ASSERT_NE(place, report_.senders.end()) << "no sender " << words.front() << names();
      sender_ = &*place;
    } else {
      ASSERT_EQ(report_.senders.size(), 1u) << names();
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (count(words, i)) {
        ++i;
      } else if (words[i] == "legitimate" || words[i] == "forged" || words[i] == "unclear") {
        EXPECT_EQ(name_of(sender_->looks), words[i]) << lines(sender_->reasons);
      } else if (parse_standing(words[i])) {
        EXPECT_EQ(name_of(sender_->standing), words[i]) << lines(sender_->reasons);
      } else {
        EXPECT_EQ(name_of(sender_->kind), words[i]) << lines(sender_->reasons);
      }
    }
  }

  // A count and its number, such as "refused 20".
  bool count(const Words& words, std::size_t at) const {
    const std::map<std::string_view, std::uint64_t> counts = {
        {"refused", sender_->with_rejection.reject},
        {"accepted", sender_->with_rejection.accept},
        {"undetermined", sender_->with_rejection.undetermined},
        {"hanging", sender_->hanging},
        {"messages", sender_->messages},
        {"addresses", sender_->address_count},
        {"days", sender_->days}};
    const auto place = counts.find(words[at]);
    if (place == counts.end() || at + 1 == words.size()) return false;
    EXPECT_EQ(std::to_string(place->second), words[at + 1]) << words[at];
    return true;
  }

  std::string names() const {
    std::vector<std::string> out;
    for (const Sender& each : report_.senders)
      out.push_back(each.name);
    return lines(out);
  }

  void senders(const Words& words, bool /*never*/) {
    EXPECT_EQ(std::to_string(report_.senders.size()), words.front()) << names();
  }
  void because(const Words& words, bool never) {
    if (words.front() == "first") {
      ASSERT_TRUE(!sender_->reasons.empty());
      EXPECT_NE(sender_->reasons.front().find(words.at(1)), std::string::npos)
          << lines(sender_->reasons);
      return;
    }
    EXPECT_EQ(any_holds(sender_->reasons, words.front()), !never)
        << words.front() << lines(sender_->reasons);
  }
  void but(const Words& words, bool never) {
    EXPECT_EQ(any_holds(sender_->doubts, words.front()), !never)
        << words.front() << lines(sender_->doubts);
  }
  void sign(const Words& words, bool never) {
    EXPECT_EQ(
        any_holds(sender_->reasons, words.front()) || any_holds(sender_->doubts, words.front()),
        !never)
        << words.front() << lines(sender_->reasons) << "\nbut" << lines(sender_->doubts);
  }
  void as(const Words& words, bool /*never*/) {
    if (words.front() == "first") {
      EXPECT_EQ(sender_->reverse_paths.front(), words.at(1));
      return;
    }
    EXPECT_EQ(std::to_string(sender_->reverse_paths.size()) + " of " +
                  std::to_string(sender_->reverse_path_count),
              words.front() + " of " + words.back());
  }
  void ids(const Words& words, bool /*never*/) {
    EXPECT_EQ(std::to_string(sender_->message_ids.size()), words.front())
        << lines(sender_->message_ids);
  }
  void compauth(const Words& words, bool /*never*/) {
    for (std::size_t i = 0; i + 1 < words.size(); i += 2)
      EXPECT_EQ(std::to_string(of(sender_->compauth, words[i])), words[i + 1]) << words[i];
  }
  void recipients(const Words& words, bool /*never*/) {
    EXPECT_EQ(sender_->recipients_is_estimate, words.front() == "estimated");
    const std::string counted = std::to_string(sender_->recipients);
    EXPECT_EQ(words.size() > 1 ? words.back() : counted, counted);
  }
  void senders_as(const Words& words, bool /*never*/) {
    EXPECT_EQ(sender_->reverse_path_count_is_estimate, words.front() == "estimated");
  }
  void remedy(const Words& words, bool never) { holds(sender_->remedy.what, words, never); }
  void risk(const Words& words, bool never) { holds(risk_alone(sender_->remedy), words, never); }
  void command(const Words& words, bool never) { holds(sender_->remedy.command, words, never); }
  void remark(const Words& words, bool never) {
    EXPECT_EQ(any_holds(report_.remarks, words.front()), !never)
        << words.front() << lines(report_.remarks);
  }
  void status(const Words& words, bool /*never*/) {
    const Conclusion& c = report_.conclusion;
    EXPECT_EQ(std::to_string(status_of(c.answer)), words.front()) << c.sentence;
  }
  void says(const Words& words, bool never) { holds(report_.conclusion.sentence, words, never); }
  void fact(const Words& words, bool never) { holds(sender_->fact, words, never); }
  static void holds(const std::string& text, const Words& words, bool never) {
    EXPECT_EQ(text.find(words.front()) != std::string::npos, !never) << text;
  }

  Report report_;
  const Sender* sender_ = nullptr;
};

}  // namespace

void check(const EvidenceCase& given) {
  SCOPED_TRACE(given.file + ":" + std::to_string(given.line) + ": " + given.title);
  ASSERT_TRUE(!given.expected.empty()) << "a case that expects nothing";
  Checker checker(given);
  for (const Expectation& expected : given.expected) {
    SCOPED_TRACE("line " + std::to_string(expected.line));
    checker.check(expected.words);
  }
}

}  // namespace postern::impact::testing
