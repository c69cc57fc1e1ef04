#include "smtp/message_octets.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace postern::smtp {
namespace {

TEST(MessageOctets, AreWhatTheReaderSeesHoweverTheyWereCut) {
  // The second line was sent with one dot only, as no honest client does: its reader takes it off.
  const std::string wire = "A: 1\r\n.From: ceo@contoso.com\r\n..B: 2\r\n\r\n";
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    StuffedOctets stuffed;
    stuffed.append(std::string_view(wire).substr(0, cut));
    stuffed.append(std::string_view(wire).substr(cut));
    const MessageOctets message = std::move(stuffed).take();
    EXPECT_EQ(message.view(), "A: 1\r\nFrom: ceo@contoso.com\r\n.B: 2\r\n\r\n") << cut;
    EXPECT_EQ(message.stuffed(), "A: 1\r\nFrom: ceo@contoso.com\r\n..B: 2\r\n\r\n") << cut;
  }
  EXPECT_EQ(MessageOctets::never_stuffed(".").stuffed(), "..");
  EXPECT_EQ(MessageOctets().stuffed(), "");
}

}  // namespace
}  // namespace postern::smtp
