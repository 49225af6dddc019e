/** Messages of ICU are put together by FormatJS. Imported for what it does, by what begins a page. */

import { IntlMessageFormat } from "intl-messageformat";
import { useMessages } from "./words.js";

useMessages(IntlMessageFormat);
