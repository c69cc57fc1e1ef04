#include "ledger/published.hpp"

#include <cstddef>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "ledger/testing/rows.hpp"

namespace postern::ledger {
namespace {

Row full_row() {
  Row row;
  row.record = full_record();
  row.verdict = {"mx1_example_net", "0123456789", 4711};
  row.id = 4711;
  return row;
}

void expect_same(const Row& read, const Row& written) {
  EXPECT_EQ(read.fault, "");
  EXPECT_EQ(read.id, written.id);
  EXPECT_EQ(read.verdict, written.verdict);
  // The form of what was read says all that it holds.
  EXPECT_EQ(published_form(read), published_form(written));
}

TEST(LedgerPublished, GivesBackWhatItTook) {
  const Row row = full_row();
  const Row read = read_published(published_form(row));
  expect_same(read, row);
  const Record& r = read.record;
  EXPECT_EQ(r.time, today);
  EXPECT_EQ(r.outcome, Outcome::exception);
  EXPECT_EQ(r.mode, Mode::observe);
  EXPECT_EQ(r.stage, Stage::data);
  EXPECT_EQ(r.client, row.record.client);
  EXPECT_EQ(r.judged_as, "contoso.com");
  EXPECT_EQ(r.certificate_alternative_names, row.record.certificate_alternative_names);
  EXPECT_TRUE(r.tls_known && r.tls && r.certificate_known && r.certificate_trusted);
  EXPECT_EQ(r.header_from, row.record.header_from);
  EXPECT_EQ(r.message_id, row.record.message_id);
  EXPECT_EQ(r.exception, row.record.exception);
  ASSERT_EQ(r.steps.size(), 2u);
  EXPECT_EQ(r.steps[1].clause, "partner.match");
  EXPECT_EQ(r.steps[1].connector, "HQ \xef\xbf\xbd");
}

TEST(LedgerPublished, KeepsWhatIsNotKnownUnknown) {
  Row row = full_row();
  row.record.client.reset();
  row.record.tls_known = row.record.certificate_known = row.record.header_known = false;
  row.record.missing = {policy::Fact::certificate | policy::Fact::tls, true};
  const Row read = read_published(published_form(row));
  EXPECT_EQ(read.fault, "");
  EXPECT_FALSE(read.record.client);
  EXPECT_FALSE(read.record.tls_known || read.record.certificate_known || read.record.header_known);
  EXPECT_EQ(read.record.missing, row.record.missing);
}

TEST(LedgerPublished, AnOlderGateDoesNotTellAsWhatItJudgedASender) {
  Row row = full_row();
  row.record.judged_as.clear();
  const std::string form = published_form(row);
  EXPECT_EQ(form.find("judged_as"), std::string::npos);
  const Row read = read_published(form);
  EXPECT_EQ(read.fault, "");
  EXPECT_EQ(read.record.judged_as, "");
}

TEST(LedgerPublished, SaysItsVersionFirst) {
  const std::string form = published_form(full_row());
  EXPECT_TRUE(form.starts_with("{\"v\":1,\"id\":\"mx1_example_net:0123456789:4711\",")) << form;
  EXPECT_EQ(form.find('\n'), std::string::npos);
}

TEST(LedgerPublished, NamesWhatCantBeUnderstood) {
  const std::string form = published_form(full_row());
  const auto fault_with = [&form](std::string_view text, std::string_view other) {
    std::string changed = form;
    const std::size_t at = changed.find(text);
    EXPECT_NE(at, std::string::npos) << text;
    if (at != std::string::npos) changed.replace(at, text.size(), other);
    return std::string(read_published(changed).fault);
  };
  EXPECT_EQ(fault_with("\"v\":1", "\"v\":2"), "v");
  EXPECT_EQ(fault_with("\"v\":1,", ""), "v");
  EXPECT_EQ(fault_with(":4711\"", ":none\""), "id");
  EXPECT_EQ(fault_with(":4711\"", ":0\""), "id");
  EXPECT_EQ(fault_with("\"outcome\":\"exception\"", "\"outcome\":\"praised\""), "outcome");
  EXPECT_EQ(fault_with("\"mode\":\"observe\",", ""), "mode");
  EXPECT_EQ(fault_with("2001:db8::7", "somewhere"), "client");
  EXPECT_EQ(fault_with("\"tls\":true", "\"tls\":1"), "tls");
  EXPECT_EQ(fault_with("\"reply\":", "\"missing_facts\":1099511627776,\"reply\":"),
            "missing_facts");
  EXPECT_EQ(fault_with("\"steps\":[", "\"steps\":[7,"), "steps");
  EXPECT_EQ(read_published("").fault, "text");
  EXPECT_EQ(read_published("[]").fault, "text");
  EXPECT_EQ(read_published(form.substr(0, form.size() - 1)).fault, "text");
}

TEST(LedgerPublished, ARowThatItsGateDidNotUnderstandIsNoneForItsReader) {
  Row row = full_row();
  row.fault = "outcome";
  EXPECT_EQ(read_published(published_form(row)).fault, "fault");
}

TEST(LedgerPublished, DamageIsNamedOrHarmless) {
  std::mt19937 chance(7);
  const std::string form = published_form(full_row());
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = form;
    for (unsigned n = chance() % 4 + 1; n > 0; --n)
      damaged[chance() % damaged.size()] = static_cast<char>(chance());
    const Row read = read_published(damaged);
    if (!read.fault.empty()) continue;
    expect_same(read_published(published_form(read)), read);
  }
}

TEST(LedgerVerdictId, IsReadAsItIsWritten) {
  const VerdictId id{"mx1", "0a", 12};
  EXPECT_EQ(id.text(), "mx1:0a:12");
  EXPECT_EQ(VerdictId::parse("mx1:0a:12"), id);
  for (const char* wrong : {"", "mx1", "mx1:0a", "mx1:0a:", "mx1:0a:1x", "mx1:0a:-1", ":0a:1",
                            "mx1::1", "mx1:0a:1:2", "mx1:0a:99999999999999999999"}) {
    EXPECT_FALSE(VerdictId::parse(wrong)) << wrong;
  }
}

TEST(LedgerVerdictId, ATokenIsOneOfASubjectAndOfOneNameAlone) {
  EXPECT_EQ(token_of("mx-1.example.net"), "mx-1_example_net");
  EXPECT_EQ(token_of("mx_1 é*>"), "mx=5F1=20=C3=A9=2A=3E");
  EXPECT_EQ(token_of(""), "=");
  EXPECT_NE(token_of("a.b"), token_of("a_b"));
  EXPECT_NE(token_of("="), token_of(""));
}

}  // namespace
}  // namespace postern::ledger
