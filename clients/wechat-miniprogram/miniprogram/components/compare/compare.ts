interface Box {
  left: number;
  width: number;
}

/** Two pictures of one size over one another, with an edge between them that follows the finger. */
Component({
  properties: {
    before: String,
    after: String,
    labels: { type: Object, value: { before: "", after: "" } },
    ratio: { type: Number, value: 133 },
  },
  data: { edge: 50, box: { left: 0, width: 0 } as Box },
  methods: {
    /** Where we are on the screen is asked for at each touch: the page may have scrolled. */
    grip(event: WechatMiniprogram.TouchEvent): void {
      this.createSelectorQuery()
        .select(".compare")
        .boundingClientRect((box) => {
          const { left, width } = box as Box;
          this.setData({ box: { left, width } });
          this.follow(event);
        })
        .exec();
    },
    follow(event: WechatMiniprogram.TouchEvent): void {
      const finger = event.touches[0];
      const { left, width } = this.data.box;
      if (!finger || !width) return;
      const edge = (100 * (finger.clientX - left)) / width;
      this.setData({ edge: Math.min(100, Math.max(0, edge)) });
    },
  },
});
