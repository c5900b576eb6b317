// What is set up once in a window, whichever pages it shows.

import { chooseOnce } from "./choose_once.js";
import { ignoreLetterKeys } from "./letter_keys.js";
import { keepAnEntryAPage } from "./page_history.js";

keepAnEntryAPage();
ignoreLetterKeys();
chooseOnce();
