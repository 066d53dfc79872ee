import { failureOf } from "../../core/failure";
import { login } from "../../core/session";
import { explain, words } from "../../core/words";

/** Asks the user to log in; tells `done` when they have, `later` when they would rather not. */
Component({
  properties: { open: Boolean },
  data: { words: {} as ReturnType<typeof words>, busy: false, wrong: "" },
  lifetimes: {
    attached(): void {
      this.setData({ words: words() });
    },
  },
  methods: {
    async enter(): Promise<void> {
      if (this.data.busy) return;
      this.setData({ busy: true, wrong: "" });
      try {
        await login();
        this.triggerEvent("done");
      } catch (error) {
        this.setData({ wrong: explain(failureOf(error)) });
      } finally {
        this.setData({ busy: false });
      }
    },
    leave(): void {
      this.triggerEvent("later");
    },
  },
});
